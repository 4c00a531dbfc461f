import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { runBackup } from '../../src/app/backup.ts'
import { requestBackup } from '../../src/app/backup-request.ts'
import { openLive } from '../../src/app/live.ts'
import { loadRules } from '../../src/app/rules-folder.ts'
import { instant } from '../../src/event/instant.ts'
import type { DetailedStatus } from '../../src/protocol/status.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { freePort } from '../support/kafka/broker.ts'
import { until } from '../support/until.ts'
import { stagewatch } from './support/command.ts'
import { openStalledLog } from './support/stalled-log.ts'

/* A data folder that was copied after a stop, and goes on elsewhere: as docs/operations.md says. */

const TOPIC = 'parcels.events'
const PARCELS = 600
const HOUR_MS = 3_600_000

const processFile = `
process: parcels
owner: depot
sources:
  - topics: [${TOPIC}]
    format: json
    case: parcel
    activity: step
    time: at
    dimensions: {depot: depot}
activities: [received, sorted, delivered]
starts: [received]
ends: {completed: [delivered]}
settle: 1m
pane: 10s
stages:
  sorting: {from: received, to: sorted, by: [depot], target: 40s}
  delivery: {from: sorted, to: delivered}
rules:
  crowded:
    stage: sorting
    by: [depot]
    window: 1m
    when: wip >= 4
    severity: warning
    summary: "{{ wip }} parcels wait in {{ depot }}"
    action: Open another line.
  slow:
    stage: sorting
    window: 2m
    when: p90 > duration("50s")
    for: 20s
    keep_firing_for: 30s
    severity: critical
    summary: Sorting is slow
    action: Look at the lines.
`

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-restore-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const copyFolder = (from: string, to: string) => execFileSync('cp', ['-a', from, to])

/** Parcels of three hours ago, every ten seconds; sorting is slow for a while, and some records cannot be read. */
function logOfParcels(): string[] {
  const start = Math.floor(Date.now() / 10_000) * 10_000 - 3 * HOUR_MS
  const events: { at: number; text: string }[] = []
  for (let nth = 0; nth < PARCELS; nth++) {
    const received = start + nth * 10_000
    const isSlow = nth % 200 > 120
    const steps = [
      ['received', received],
      ['sorted', received + (isSlow ? 60_000 : 15_000) + (nth % 7) * 1_000],
      ['delivered', received + 100_000 + (nth % 11) * 1_000],
    ] as const
    for (const [step, at] of steps) {
      const depot = nth % 3 === 0 ? 'north' : 'south'
      events.push({ at, text: JSON.stringify({ parcel: `p${nth}`, step, at: new Date(at).toISOString(), depot }) })
    }
    if (nth % 50 === 0) events.push({ at: received, text: `{"parcel": "p${nth}"` })
  }
  return events.sort((left, right) => left.at - right.at).map(({ text }) => text)
}

function definitions() {
  const rules = join(directory, 'rules')
  mkdirSync(rules, { recursive: true })
  writeFileSync(join(rules, 'parcels.yaml'), processFile)
  writeFileSync(join(rules, 'owners.yaml'), 'depot: {title: Depot}\n')
  return loadRules(rules).definitions
}

/**
 * Reads the log so far, waits until it is folded (to its end: evaluated and stored as well), and stops.
 *
 * @param beside what is done while it runs.
 */
async function run(data: string, log: readonly string[], readTo: number, beside = async () => {}): Promise<void> {
  const live = await openLive({
    definitions: definitions(),
    data,
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 100,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () => openStalledLog(TOPIC, log, readTo),
  })
  try {
    await Promise.race([live.failed, Promise.all([untilRead(live.url, readTo, readTo === log.length), beside()])])
  } finally {
    await live.stop()
  }
}

const untilRead = (url: string, readTo: number, isWhole: boolean) =>
  until(`${readTo} records are read`, 60_000, async () => {
    const status = (await (await fetch(`${url}/api/v1/status`)).json()) as DetailedStatus
    const [process] = status.processes
    if (process?.partitions[0]?.offset !== readTo - 1) throw new Error(JSON.stringify(process?.partitions))
    if (!isWhole) return true
    return !process.catching_up && status.store.rows_waiting === 0 ? true : undefined
  })

async function contentsOf(data: string) {
  const store = await openStore({ kind: 'embedded', path: join(data, 'clickhouse') })
  try {
    return await rowsOf(store)
  } finally {
    await store.close()
  }
}

async function rowsOf(store: Store) {
  const visits = []
  // The version of a row tells with which others it was folded, which is nobody's business.
  for await (const { position: _, ...row } of store.allVisits('parcels')) visits.push(row)
  const panes = []
  for await (const row of store.allPanes('parcels')) panes.push(row)
  const transitions = await store.transitions('parcels', instant(0), 100_000)
  return { visits, panes, transitions, deadLetters: await store.deadLetters('parcels', 100_000) }
}

test('a folder copied after a stop goes on elsewhere: every stored row and alert is that of an uninterrupted run', async () => {
  const log = logOfParcels()
  const whole = join(directory, 'whole')
  await run(whole, log, log.length)
  const expected = await contentsOf(whole)
  expect(expected.visits).toHaveLength(2 * PARCELS)
  expect(expected.deadLetters).toHaveLength(PARCELS / 50)
  expect(expected.transitions.filter(({ state }) => state === 'firing').length).toBeGreaterThan(5)

  let data = join(directory, 'life-0')
  for (const [life, share] of [0.35, 0.7, 1].entries()) {
    await run(data, log, Math.floor(share * log.length))
    const copy = join(directory, `life-${life + 1}`)
    copyFolder(data, copy)
    rmSync(data, { recursive: true })
    data = copy
  }
  expect(await contentsOf(data)).toEqual(expected)
})

test('what the first run goes on to do after the copy does not reach the copy', async () => {
  const log = logOfParcels()
  const [data, copy] = [join(directory, 'original'), join(directory, 'copy')]
  const half = Math.floor(log.length / 2)
  await run(data, log, half)
  copyFolder(data, copy)
  const before = await contentsOf(copy)
  await run(data, log, log.length)
  expect(await contentsOf(copy)).toEqual(before)
  await run(copy, log, log.length)
  expect(await contentsOf(copy)).toEqual(await contentsOf(data))
})

test('copies of a folder in use, made at any moment of its work, go on to the very same rows and alerts', async () => {
  const log = logOfParcels()
  const data = join(directory, 'in-use')
  const copies = [1, 2, 3].map(nth => join(directory, `copy-in-use-${nth}`))
  const lives = [0.3, 0.7, 1]
  for (const [life, share] of lives.entries()) {
    const backUp = () => requestBackup(data, copies[life]!)
    await run(data, log, Math.floor(share * log.length), backUp)
  }
  const expected = await contentsOf(data)
  expect(expected.visits).toHaveLength(2 * PARCELS)
  for (const copy of copies) {
    await run(copy, log, log.length)
    expect(await contentsOf(copy)).toEqual(expected)
  }
})

test('a folder at rest is copied under its lock; a copy is never made over something else', async () => {
  const log = logOfParcels()
  const [data, to] = [join(directory, 'at-rest'), join(directory, 'copy-at-rest')]
  await run(data, log, 100)
  expect(await runBackup({ data, to })).toEqual({ wasInUse: false })
  expect(readdirSync(to).sort()).toEqual(['clickhouse', 'journal', 'snapshots'])
  await expect(runBackup({ data, to })).rejects.toMatchObject({ message: `${to} exists already` })
  await expect(runBackup({ data: directory, to: `${to}-2` })).rejects.toThrow('is no data folder of Stagewatch')
  const inUse = join(directory, 'copy-in-use')
  await run(data, log, 200, async () => {
    expect(await stagewatch('backup', '--data', data, '--to', inUse)).toEqual({
      code: 0,
      signal: null,
      stdout: `${data} is copied to ${inUse}, by the process that has it\n`,
      stderr: '',
    })
    expect(await stagewatch('backup', '--data', data, '--to', inUse)).toMatchObject({
      code: 2,
      stderr: `stagewatch: no copy was made: ${inUse} exists already\n  remedy: name a folder that does not exist\n`,
    })
  })
  expect(readdirSync(inUse).sort()).toEqual(['clickhouse', 'journal', 'snapshots'])
  await run(to, log, log.length)
  await run(data, log, log.length)
  await run(inUse, log, log.length)
  const expected = await contentsOf(data)
  expect(await contentsOf(to)).toEqual(expected)
  expect(await contentsOf(inUse)).toEqual(expected)
})

test('a process that does not take a request is told of, and the request does not stay', async () => {
  const data = mkdtempSync(join(directory, 'silent-'))
  await expect(requestBackup(data, join(directory, 'never'), 0)).rejects.toMatchObject({
    message: `the process that has ${data} does not take the request for a copy`,
  })
  expect(readdirSync(data)).toEqual([])
})
