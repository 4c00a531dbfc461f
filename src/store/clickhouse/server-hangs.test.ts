import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Fault } from '../../../test/support/clickhouse/front-options.ts'
import { type Front, openFront } from '../../../test/support/clickhouse/open-clickhouse.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import { openStore, type Store } from '../store.ts'
import { openServer, type ServerAddress } from './server.ts'

/** A server that hangs takes connections and answers nothing; only time limits tell it from one that works. */
let front: Front

beforeAll(async () => {
  front = await openFront()
})

afterEach(async () => {
  front.resume()
  await front.fault([])
})

afterAll(() => front.close())

/** The default of one second is about slow machines, not about what hangs. */
const patient = { timeout: 60_000 }
const address = (change: Partial<ServerAddress> = {}): ServerAddress => ({
  url: front.url,
  user: front.user,
  password: front.password,
  database: 'hangs',
  ...change,
})
const open = (timeLimits: ServerAddress['timeLimits'] = {}): Promise<Store> =>
  openStore(
    { kind: 'server', ...address({ timeLimits }) },
    {},
    { flushEveryMs: 5, firstRetryMs: 1, longestRetryMs: 10 },
  )

const visits = (process: string, count: number, position: number): VisitRow[] =>
  Array.from({ length: count }, (_, nth) => ({
    process,
    stage: 'picking',
    case: `C-${String(nth).padStart(4, '0')}` as CaseId,
    visit: 1,
    ordinal: 0,
    start: instant(nth),
    end: undefined,
    outcome: 'open',
    reason: undefined,
    durationMs: undefined,
    businessMs: undefined,
    segment: {},
    // Together more than the buffers of a connection hold.
    attributes: { note: 'n'.repeat(5_000) },
    deleted: false,
    source: 's',
    partition: 0,
    epoch: 0,
    position,
  }))
const output = (rows: VisitRow[]) => ({ visits: rows, panes: [], measurePanes: [], deadLetters: [] })

async function stored(store: Store, process: string): Promise<VisitRow[]> {
  const rows: VisitRow[] = []
  for await (const row of store.allVisits(process)) rows.push(row)
  return rows
}

const givesUp = (store: Store) =>
  vi.waitFor(() => expect(store.health().lastError).toBe('writing visits: no answer within 1 s'), patient)

const hanging = (kind: Fault['kind']) => front.fault([{ kind, of: 'inserts', share: 1 }])

test.each([
  ['its process is stopped', async () => front.hang(), async () => front.resume()],
  ['inserts hang before they are applied', () => hanging('hang'), () => front.fault([])],
  ['inserts hang once they are applied', () => hanging('run-and-hang'), () => front.fault([])],
])('rows wait while %s, and are there once afterwards, the newest of each', async (what, hang, resume) => {
  const store = await open({ insertMs: 1_000 })
  await hang()
  store.write(output(visits(what, 1_000, 1)))
  await givesUp(store)
  // Who feeds the store goes on: rows are taken at once, and what waits can be told.
  const before = store.pressure()
  store.write(output(visits(what, 200, 2)))
  store.write(output(visits(what, 1_200, 3)))
  expect(store.health()).toMatchObject({ ok: false, waitingRows: 2_200, writtenRows: 0 })
  expect(store.pressure()).toBeGreaterThan(before)
  await resume()
  await vi.waitFor(() => expect(store.health()).toMatchObject({ ok: true, waitingRows: 0 }), patient)
  expect(await stored(store, what)).toEqual(visits(what, 1_200, 3))
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
})

test('a read of a server that hangs ends in time, and the next one works', async () => {
  const { reading, writing } = await openServer(address({ timeLimits: { readMs: 1_000 } }))
  front.hang()
  await expect(reading.rows('SELECT 1')).rejects.toThrow('no answer within 1 s')
  front.resume()
  for (const kind of ['hang', 'stall'] as const) {
    await front.fault([{ kind, of: 'reads', share: 1 }])
    await expect(reading.rows('SELECT number FROM numbers(100000)')).rejects.toThrow('no answer within 1 s')
  }
  await front.fault([])
  await vi.waitFor(async () => expect(await reading.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]), patient)
  await reading.close()
  await writing.close()
})

test('closing keeps its time while the server hangs, and what was left can be written by the next one', async () => {
  const store = await open()
  front.hang()
  store.write(output(visits('closing', 50, 1)))
  const read = expect(store.counts('closing')).rejects.toThrow('the connection to the ClickHouse server was closed')
  const left = store.unacknowledged()
  const started = performance.now()
  expect(await store.close(300)).toEqual({ unwrittenRows: 50 })
  // An insert may take a minute, a read 20 s: neither is waited for.
  expect(performance.now() - started).toBeLessThan(10_000)
  await read
  front.resume()
  const next = await open()
  next.write(left)
  expect(await next.close(60_000)).toEqual({ unwrittenRows: 0 })
  const last = await open()
  expect(await stored(last, 'closing')).toEqual(visits('closing', 50, 1))
  await last.close()
})

test('a closed connection asks nothing more', async () => {
  const { reading, writing } = await openServer(address())
  await writing.close()
  await reading.close()
  const closed = 'the connection to the ClickHouse server is closed'
  await expect(writing.insert('visits', ['process'], Buffer.from('["p"]\n'))).rejects.toThrow(closed)
  await expect(reading.rows('SELECT 1')).rejects.toThrow(closed)
})

test('a start against a server that hangs is given up with what to do', async () => {
  front.hang()
  await expect(open({ readMs: 200 })).rejects.toThrow(
    /cannot be used as stagewatch: no answer within 0\.2 s\. Check the address/,
  )
})
