import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStalledLog } from '../../test/integration/support/stalled-log.ts'
import { type Front, openFront } from '../../test/support/clickhouse/open-clickhouse.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { pickingFrom } from '../../test/support/picking.ts'
import { until } from '../../test/support/until.ts'
import { type DetailedStatus, detailedStatusSchema } from '../protocol/status.ts'
import { openStore } from '../store/store.ts'
import { type Live, openLive } from './live.ts'

const TOPIC = 'orders.events'
const WITHIN_MS = 120_000

/** Dead letters of so many bytes that beside the batch under way memory has too many of them. */
const LETTERS = 2_700
const LETTER_BYTES = 16_384

let front: Front
let directory: string
let logged: string[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-live-spill-'))
  front = await openFront()
})

afterAll(async () => {
  await front?.close()
  rmSync(directory, { recursive: true })
})

const definitions = pickingFrom(TOPIC)

const log = Array.from({ length: LETTERS }, (_, nth) => String(nth).padEnd(LETTER_BYTES, ' unreadable'))
const address = () =>
  ({ kind: 'server', url: front.url, user: front.user, password: front.password, database: 'spilled' }) as const

/** @param opened is called when the store has been opened, and nothing was read yet. */
async function start(opened: () => Promise<void>): Promise<Live> {
  logged = []
  return openLive({
    definitions,
    data: join(directory, 'data'),
    store: address(),
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 1_000,
    logger: pino({ level: 'info' }, { write: line => void logged.push(line) }),
    brokers: undefined,
    openSource: async () => {
      await opened()
      return openStalledLog(TOPIC, log, log.length)
    },
  })
}

const said = (text: string) => logged.filter(line => line.includes(text)).length

async function statusOf(live: Live): Promise<DetailedStatus> {
  return detailedStatusSchema.parse(await (await fetch(`${live.url}/api/v1/status`)).json())
}

const filesIn = (folder: string) => readdirSync(join(directory, 'data', folder))

test('with the store away what memory has too much of waits on disk, and outlives the process', async () => {
  const away = await start(() => front.kill())
  await until('all was read, and waits', WITHIN_MS, async () =>
    (await statusOf(away)).store.rows_waiting >= LETTERS ? true : undefined,
  )
  await away.stop()
  expect(said('rows wait on disk')).toBe(1)
  expect(filesIn('spill').length).toBeGreaterThan(0)

  await front.restart()
  const back = await start(async () => {})
  await until('nothing waits', WITHIN_MS, async () =>
    (await statusOf(back)).store.rows_waiting === 0 ? true : undefined,
  )
  // Their file goes a moment after they are acknowledged.
  const hasSaid = () => said('the store has the rows that waited on disk')
  await until('it is said', WITHIN_MS, () => (hasSaid() > 0 ? true : undefined))
  expect(hasSaid()).toBe(1)
  expect(filesIn('spill')).toEqual([])
  // All were read before: the state says so, and holds those that were not on disk.
  expect((await statusOf(back)).processes[0]?.dead_letters).toBe(LETTERS)
  await back.stop()

  const stored = await openStore(address())
  // A position counts once, however often it was sent.
  expect((await stored.counts('orders')).deadLetters).toBe(LETTERS)
  await stored.close()
})
