import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../test/support/kafka/broker.ts'
import { until } from '../../test/support/until.ts'
import { instant } from '../event/instant.ts'
import type { Definitions } from '../model/definitions.ts'
import { loadDefinitions } from '../model/load.ts'
import { openFileSource } from '../source/file.ts'
import { openEmbedded } from '../store/clickhouse/embedded.ts'
import { type Live, openLive } from './live.ts'

/** What of history is kept in the store, over runs whose sources and definitions differ. */
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-history-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

type Rules = { readonly topic?: string; readonly where?: string; readonly target?: string }

function rules({ topic = 'orders.events', where, target = '4h' }: Rules): Definitions {
  const { definitions, problems } = loadDefinitions([
    {
      name: 'orders.yaml',
      text: `
process: orders
title: {en: Orders}
owner: ops
sources:
  - {topics: [${topic}], format: json, case: order, activity: activity, time: ts${where === undefined ? '' : `, where: '${where}'`}}
activities: [paid, picked]
stages:
  picking: {title: {en: Picking}, from: paid, to: picked, owner: ops, target: ${target}}
`,
    },
    {
      name: 'owners.yaml',
      text: 'ops: {title: {en: Ops}, members: [li.wei]}',
    },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}

const from = Date.now() - 3_600_000
const events = ['A', 'B', 'C'].flatMap((order, nth) => [
  { order, activity: 'paid', ts: new Date(from + nth * 60_000).toISOString() },
  { order, activity: 'picked', ts: new Date(from + 600_000 + nth * 60_000).toISOString() },
])

async function open(said: Rules, replaces = false, keepsEvents = false): Promise<Live> {
  const file = join(directory, 'events.ndjson')
  writeFileSync(file, events.map(event => `${JSON.stringify(event)}\n`).join(''))
  return openLive({
    definitions: rules(said),
    data: join(directory, 'data'),
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: keepsEvents },
    replaces,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 10_000,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () =>
      openFileSource({ files: [file], topic: said.topic ?? 'orders.events', notAfter: instant(Date.now()) }),
  })
}

const visitsOf = async (live: Live, order: string): Promise<number> => {
  const answer = await fetch(`${live.url}/api/v1/processes/orders/cases/${order}`)
  return answer.ok ? ((await answer.json()) as { visits: unknown[] }).visits.length : 0
}

/** Runs until the stored visits of the orders are so many. */
async function runUntil(live: Live, wanted: Readonly<Record<string, number>>): Promise<void> {
  const isSo = async () => {
    for (const [order, count] of Object.entries(wanted)) if ((await visitsOf(live, order)) !== count) return undefined
    return true
  }
  try {
    await Promise.race([live.failed, until(`stored visits: ${JSON.stringify(wanted)}`, 60_000, isSo)])
  } finally {
    await live.stop()
  }
}

async function stored<Row>(sql: string): Promise<Row[]> {
  const { reading, writing } = await openEmbedded(join(directory, 'data', 'clickhouse'))
  const rows = await writing.rows<Row>(sql)
  await reading.close()
  await writing.close()
  return rows
}

test('the same time from another topic is refused with what to do, and replaced where that is asked for', async () => {
  await runUntil(await open({}), { A: 1, B: 1, C: 1 })
  const other = await open({ topic: 'orders.v2' })
  await expect(other.failed).rejects.toThrow(
    /history of process "orders" .* from "orders.events"; "orders.v2" would count the same time twice.*--replace/,
  )
  await other.stop()
  expect(await stored('SELECT DISTINCT toString(source) AS source FROM panes')).toEqual([{ source: 'orders.events' }])

  await runUntil(await open({ topic: 'orders.v2' }, true), { A: 1, B: 1, C: 1 })
  for (const table of ['visits', 'panes']) {
    expect(await stored(`SELECT DISTINCT toString(source) AS source FROM ${table}`)).toEqual([{ source: 'orders.v2' }])
  }
  const [sum] = await stored<{ exited: string }>(
    'SELECT toString(sum(exited)) AS exited FROM panes FINAL WHERE total = 1',
  )
  expect(sum?.exited).toBe('3')
  const audited = await stored<{ action: string }>(
    'SELECT DISTINCT toString(action) AS action FROM audit ORDER BY action',
  )
  expect(audited.map(({ action }) => action)).toEqual(['definition-in-force', 'history-replaced'])
})

test('visits that are none by new definitions leave the store once history is through', async () => {
  await runUntil(await open({}), { A: 1, B: 1, C: 1 })
  await runUntil(await open({ where: 'order != "B"' }), { A: 1, B: 0, C: 1 })
  const versions = await stored('SELECT DISTINCT toString(bitShiftRight(version, 48)) AS epoch FROM visits FINAL')
  expect(versions).toEqual([{ epoch: '1' }])
  const inForce = await stored<{ kind: string; epoch: string }>(
    "SELECT toString(kind) AS kind, toString(epoch) AS epoch FROM definitions FINAL WHERE kind = 'fold' ORDER BY since_ms",
  )
  expect(inForce.map(({ epoch }) => epoch)).toEqual(['0', '1'])
})

test('a target that changes is another definition, and no reason to fold history again', async () => {
  await runUntil(await open({}), { A: 1 })
  await runUntil(await open({ target: '1h' }), { A: 1 })
  const inForce = await stored<{ kind: string; epoch: string }>(
    'SELECT toString(kind) AS kind, toString(epoch) AS epoch FROM definitions FINAL ORDER BY kind, since_ms',
  )
  expect(inForce).toEqual([
    { kind: 'fold', epoch: '0' },
    { kind: 'stage', epoch: '0' },
    { kind: 'stage', epoch: '0' },
  ])
})

test('raw events are kept where that is asked for', async () => {
  await runUntil(await open({}, false, true), { A: 1, B: 1, C: 1 })
  const rows = await stored<{ value: string }>('SELECT value FROM events FINAL ORDER BY record_offset')
  expect(rows.map(({ value }) => JSON.parse(value))).toEqual(events)
})
