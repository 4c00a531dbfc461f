import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStalledLog } from '../../test/integration/support/stalled-log.ts'
import { type Front, openFront } from '../../test/support/clickhouse/open-clickhouse.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { until } from '../../test/support/until.ts'
import { loadDefinitions } from '../model/load.ts'
import { type DetailedStatus, detailedStatusSchema } from '../protocol/status.ts'
import { openStore } from '../store/store.ts'
import { type Live, openLive } from './live.ts'

/** States in ClickHouse: another machine, which has nothing of the first one's data folder, goes on from them. */
const TOPIC = 'orders.events'
const WITHIN_MS = 60_000

let front: Front
let directory: string
let live: Live | undefined
/** What was logged. */
let logged: string[]

beforeAll(async () => {
  front = await openFront()
})

afterAll(() => front.close())

beforeEach(() => {
  logged = []
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-elsewhere-'))
})

afterEach(async () => {
  await live?.stop()
  live = undefined
  rmSync(directory, { recursive: true })
})

const { definitions, problems } = loadDefinitions([
  {
    name: 'orders.yaml',
    text: `
process: orders
title: {en: Orders}
owner: ops
sources:
  - {topics: [${TOPIC}], format: json, case: order, activity: activity, time: ts}
activities: [paid, picked]
stages:
  picking: {title: {en: Picking}, from: paid, to: picked, owner: ops}
`,
  },
  {
    name: 'owners.yaml',
    text: 'ops: {title: {en: Ops}, members: [li.wei]}',
  },
])
if (definitions === undefined) throw new Error(JSON.stringify(problems))

const from = Date.now() - 3_600_000
const event = (order: string, activity: string, nth: number) =>
  JSON.stringify({ order, activity, ts: new Date(from + nth * 1_000).toISOString() })
const names = Array.from({ length: 50 }, (_, nth) => `order-${nth}`)
const log = [
  ...names.map((order, nth) => event(order, 'paid', nth)),
  ...names.map((order, nth) => event(order, 'picked', 100 + nth)),
]

const addressIn = (database: string) =>
  ({ kind: 'server', url: front.url, user: front.user, password: front.password, database }) as const

async function start(machine: string, database: string, values: readonly string[], readTo: number): Promise<void> {
  live = await openLive({
    definitions: definitions!,
    data: join(directory, machine),
    store: addressIn(database),
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 1_000,
    snapshotsIn: 'clickhouse',
    logger: pino({ level: 'info' }, { write: line => void logged.push(line) }),
    brokers: undefined,
    openSource: async () => openStalledLog(TOPIC, values, readTo),
  })
}

const status = async (): Promise<DetailedStatus> =>
  detailedStatusSchema.parse(await (await fetch(`${live!.url}/api/v1/status`)).json())

const untilCounted = (counted: number) =>
  until(`${counted} events counted and stored`, WITHIN_MS, async () => {
    const { processes, store } = await status()
    if (processes[0]?.events_counted !== counted) throw new Error(JSON.stringify(processes))
    return store.rows_waiting === 0 ? true : undefined
  })

async function stop(): Promise<void> {
  await live?.stop()
  live = undefined
}

test('another machine goes on where the first one was, and reads nothing twice', async () => {
  await start('one', 'shared', log, 50)
  await untilCounted(50)
  await stop()
  expect(readdirSync(join(directory, 'one', 'snapshots')).every(file => /^(installation|life)\./.test(file))).toBe(true)

  // Were the first half read again, it would be rejected.
  const rest = log.map((value, nth) => (nth < 50 ? 'unreadable' : value))
  await start('other', 'shared', rest, log.length)
  await untilCounted(100)
  expect((await status()).processes[0]!.dead_letters).toBe(0)
  await stop()
  const store = await openStore(addressIn('shared'))
  const finished: string[] = []
  for await (const visit of store.allVisits('orders')) if (visit.outcome === 'completed') finished.push(visit.case)
  await store.close()
  expect(finished.toSorted()).toEqual(names.toSorted())
})

test('while ClickHouse is away the program goes on, and its states are kept once it is back', async () => {
  await start('one', 'away', log, 50)
  await untilCounted(50)
  await front.kill()
  const said = (text: string) =>
    until(text, WITHIN_MS, () => (logged.some(line => line.includes(text)) ? true : undefined))
  await said('no state can be kept in ClickHouse')
  await front.restart()
  await said('state is kept in ClickHouse again')
  await stop()
  await start('other', 'away', log, log.length)
  await untilCounted(100)
})
