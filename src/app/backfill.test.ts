import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openEmbedded } from '../store/clickhouse/embedded.ts'
import { runReplay } from './replay.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-backfill-'))
afterAll(() => rmSync(directory, { recursive: true }))

const rules = join(directory, 'rules')
mkdirSync(rules)
writeFileSync(join(rules, 'owners.yaml'), 'ops: {title: Operations}\n')
writeFileSync(
  join(rules, 'orders.yaml'),
  `process: orders
title: Orders
owner: ops
timezone: UTC
sources:
  - {topics: [orders], format: json, case: id, activity: what, time: at, dimensions: {warehouse: wh}, value: {field: eur, currency: EUR, decimals: 2}}
activities: [paid, picked]
ends: {completed: [picked]}
settle: 1m
stages:
  picking: {title: Picking, from: paid, to: picked, target: 10m, by: [warehouse]}
measures:
  revenue: {title: Revenue, of: value, on: [paid], by: [warehouse]}
rules:
  slow: {stage: picking, window: 1h, when: 'p90 > duration("10m")', severity: warning, summary: slow, action: look}
`,
)

/** Orders of some hours from an instant on. */
function orders(name: string, from: string, hours: number, warehouse = 'A'): string {
  const begin = Date.parse(from)
  const lines: string[] = []
  for (let minute = 0; minute < hours * 60; minute += 5) {
    const at = (more: number) => new Date(begin + (minute + more) * 60_000).toISOString()
    const id = `${name}-${minute}`
    lines.push(JSON.stringify({ id, what: 'paid', at: at(0), wh: warehouse, eur: minute / 100 }))
    if (minute % 7 > 0) lines.push(JSON.stringify({ id, what: 'picked', at: at(3 + (minute % 40)), wh: warehouse }))
  }
  lines.sort((left, right) => (JSON.parse(left).at < JSON.parse(right).at ? -1 : 1))
  const file = join(directory, `${name}.ndjson`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

let runs = 0
const newStore = () => {
  const folder = join(directory, `data-${runs++}`)
  mkdirSync(folder)
  return folder
}

async function replay(file: string, store: string, replaces = false): Promise<string> {
  const out = join(directory, `out-${runs++}`)
  await runReplay({ rules, inputs: [{ topic: undefined, file }], out, store, replaces })
  return out
}

const tables = ['visits', 'panes', 'measure_panes', 'pane_roll_ups', 'measure_roll_ups', 'alert_transitions']

/** Every cell of every table of history, but for versions: they say how far the fold had come when a row was taken. */
async function cells(store: string): Promise<Record<string, unknown[]>> {
  const { reading, writing } = await openEmbedded(join(store, 'clickhouse'))
  const found: Record<string, unknown[]> = {}
  for (const table of tables) {
    const rows = await writing.rows<Record<string, unknown>>(`SELECT * FROM ${table} FINAL`)
    found[table] = rows.map(({ version: _, ...row }) => JSON.stringify(row)).sort()
  }
  await reading.close()
  await writing.close()
  return found
}

const january = orders('january', '2026-01-05T00:00:00Z', 30)

test('a replay fills a store; the same again changes nothing', async () => {
  const store = newStore()
  await replay(january, store)
  const once = await cells(store)
  for (const table of tables) expect(once[table]?.length, table).toBeGreaterThan(0)
  await replay(january, store)
  expect(await cells(store)).toEqual(once)
})

test('another file over the same time is refused, leaving store and files as they were, or replaces what is in its way', async () => {
  const store = newStore()
  await replay(january, store)
  const before = await cells(store)
  const corrected = orders('corrected', '2026-01-05T00:00:00Z', 30, 'B')
  const outs = runs
  await expect(replay(corrected, store)).rejects.toThrow(
    /history of process "orders" from 2026-01-05T00:00:00.000Z to .* from "file:[0-9a-f]{16}".*--replace/,
  )
  expect(existsSync(join(directory, `out-${outs}`))).toBe(false)
  expect(await cells(store)).toEqual(before)

  await replay(corrected, store, true)
  const alone = newStore()
  await replay(corrected, alone)
  const { alert_transitions: _, ...replaced } = await cells(store)
  const { alert_transitions: _alerts, ...expected } = await cells(alone)
  expect(replaced).toEqual(expected)
})

test('a file that goes on where another ended stands beside it', async () => {
  const store = newStore()
  await replay(january, store)
  const before = await cells(store)
  await replay(orders('february', '2026-02-05T00:00:00Z', 10), store)
  const after = await cells(store)
  for (const table of ['visits', 'panes', 'measure_panes'] as const) {
    expect(after[table]).toEqual(expect.arrayContaining(before[table] ?? []))
    expect(after[table]?.length).toBeGreaterThan(before[table]?.length ?? 0)
  }
})

test('a store that is none is refused before anything is read', async () => {
  const where = join(directory, 'nowhere.yaml')
  await expect(replay(join(directory, 'no-such-file'), where)).rejects.toThrow(/nowhere.yaml does not exist/)
})
