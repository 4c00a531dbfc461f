import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { transition } from '../../../test/support/alert-transition.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { StoreConnection, StoreConnections } from '../clickhouse/connection.ts'
import { openEmbedded } from '../clickhouse/embedded.ts'
import { allVisits } from '../queries/reader.ts'
import { migrate } from '../schema/migrate.ts'
import { migrations } from '../schema/schema.ts'
import { RollUps } from './roll-ups.ts'
import { SourceSpans } from './source-spans.ts'
import { defaultLimits, Writer, type WriterLimits } from './writer.ts'

/** The default of one second is about slow machines, not about what hangs. */
const hangs = { timeout: 60_000 }

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-writer-'))
let connections: StoreConnections

beforeAll(async () => {
  connections = await openEmbedded(join(directory, 'clickhouse'))
  await migrate(connections.writing, migrations)
})

afterAll(async () => {
  await connections.reading.close()
  await connections.writing.close()
  rmSync(directory, { recursive: true })
})

const visit = (process: string, nth: number, position = 1): VisitRow => ({
  process,
  stage: 'picking',
  case: `C-${nth}` as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant(nth),
  end: undefined,
  outcome: 'open',
  reason: undefined,
  durationMs: undefined,
  businessMs: undefined,
  segment: {},
  attributes: {},
  deleted: false,
  source: 's',
  partition: 0,
  epoch: 0,
  position,
})

const visits = (process: string, count: number, position = 1) =>
  Array.from({ length: count }, (_, nth) => visit(process, nth, position))
const output = (rows: VisitRow[]) => ({ visits: rows })

/** The real connection, refusing while told to; remembers what it was sent, and how many were under way at once. */
function unreliable(refuse: { now: boolean }) {
  const sent: string[] = []
  const most = { underWay: 0 }
  let underWay = 0
  const connection: StoreConnection = {
    ...connections.writing,
    insert: async (table, columns, lines) => {
      sent.push(`${table} ${lines.toString()}`)
      most.underWay = Math.max(most.underWay, ++underWay)
      try {
        if (refuse.now) throw new Error('connection refused')
        await connections.writing.insert(table, columns, lines)
      } finally {
        underWay--
      }
    },
  }
  return { connection, sent, most }
}

async function newWriter(connection: StoreConnection, limits: WriterLimits): Promise<Writer> {
  const rollUps = await RollUps.open(connection)
  return new Writer(connection, limits, {
    rollUps,
    spans: new SourceSpans(connection, rollUps),
  })
}

const quick = { ...defaultLimits, flushEveryMs: 5, firstRetryMs: 1, longestRetryMs: 4 }

async function stored(process: string): Promise<VisitRow[]> {
  const rows: VisitRow[] = []
  for await (const row of allVisits(connections.reading, process)) rows.push(row)
  return rows
}

test('a refused batch is sent again, the very same rows, until it is taken; rows that come meanwhile follow it', async () => {
  const refuse = { now: true }
  const { connection, sent, most } = unreliable(refuse)
  const writer = await newWriter(connection, quick)
  writer.write(output(visits('again', 3, 1)))
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(3), hangs)
  expect(writer.health()).toEqual({
    ok: false,
    lastError: 'writing visits: connection refused',
    waitingRows: 3,
    writtenRows: 0,
  })
  writer.write(output(visits('again', 2, 2)))
  writer.write(output(visits('again', 2, 3)))
  expect(writer.health().waitingRows).toBe(5)
  const refused = new Set(sent)
  refuse.now = false
  await writer.flush()
  expect(refused.size).toBe(1)
  expect([...new Set(sent)].length).toBe(2)
  expect(most.underWay).toBe(1)
  expect(writer.health()).toEqual({ ok: true, waitingRows: 0, writtenRows: 5 })
  expect((await stored('again')).map(row => row.position)).toEqual([3, 3, 1])
  expect(await writer.close(1_000)).toBe(0)
})

test('rows go by themselves: after a while, and at once when there are many', async () => {
  const { connection, sent } = unreliable({ now: false })
  const slow = await newWriter(connection, { ...quick, flushEveryMs: 3_600_000, flushRows: 10 })
  slow.write(output(visits('many', 9)))
  slow.write(output([visit('many', 8)]))
  expect(slow.health().waitingRows).toBe(9)
  slow.write(output([visit('many', 9)]))
  await vi.waitFor(() => expect(slow.health().writtenRows).toBe(10), hangs)
  await slow.close(1_000)
  expect(sent.length).toBe(1)
  const few = await newWriter(connection, quick)
  few.write(output(visits('few', 1)))
  await vi.waitFor(() => expect(few.health().writtenRows).toBe(1), hangs)
  await few.close(1_000)
})

test('a full writer says so, and wakes who waits once enough was taken', async () => {
  const refuse = { now: true }
  const { connection } = unreliable(refuse)
  const writer = await newWriter(connection, { ...quick, highBytes: 40_000, lowBytes: 20_000, batchRows: 10 })
  await writer.drained()
  writer.write(output(visits('full', 20)))
  expect(writer.isFull()).toBe(false)
  writer.write(output(visits('full', 100)))
  expect(writer.isFull()).toBe(true)
  const full = writer.pressure()
  let woken = 0
  const drained = writer.drained().then(() => {
    woken = writer.pressure()
  })
  await vi.waitFor(() => expect(writer.health().ok).toBe(false), hangs)
  expect(writer.pressure()).toBe(full)
  expect(woken).toBe(0)
  refuse.now = false
  await drained
  expect(woken).toBeLessThanOrEqual(20_000)
  expect(await writer.close(5_000)).toBe(0)
  expect(writer.pressure()).toBe(0)
  expect((await stored('full')).length).toBe(100)
})

test('what is not acknowledged can be had for a snapshot, the batch under way included', async () => {
  const { connection, sent } = unreliable({ now: true })
  const writer = await newWriter(connection, { ...quick, batchRows: 2 })
  writer.write(output(visits('snapshot', 3)))
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0), hangs)
  writer.write(output([visit('snapshot', 9)]))
  expect(writer.unacknowledged()).toMatchObject(output([...visits('snapshot', 3), visit('snapshot', 9)]))
  expect(await writer.close(20)).toBe(4)
})

test('transitions are told as written when the store has them all, and not before', async () => {
  const refuse = { now: true }
  const { connection, sent } = unreliable(refuse)
  const writer = await newWriter(connection, { ...quick, batchRows: 2 })
  const told: string[] = []
  const write = (name: string, ats: number[]) => {
    const rows = ats.map(at => transition(name, at, 'firing'))
    return writer.writeThrough({ transitions: rows }).then(() => told.push(name))
  }
  await writer.writeThrough({ transitions: [] })
  const [first, second] = [write('first', [1, 2, 3]), write('second', [4])]
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0), hangs)
  // One that is under way comes again: it is told when it has been written again.
  const again = write('first', [1, 2])
  expect(told).toEqual([])
  refuse.now = false
  await Promise.all([first, second, again])
  expect(told).toEqual(['first', 'second', 'first'])
  expect(writer.health().waitingRows).toBe(0)
  refuse.now = true
  void write('never', [9])
  expect(await writer.close(20)).toBe(1)
  expect(told).toEqual(['first', 'second', 'first'])
})

test('transitions that are acknowledged after closing gave up on them are not told any more', async () => {
  let finish: () => void = () => {}
  const held = new Promise<void>(resolve => {
    finish = resolve
  })
  const sent: string[] = []
  const connection: StoreConnection = {
    ...connections.writing,
    insert: async table => {
      sent.push(table)
      await held
    },
  }
  const writer = await newWriter(connection, quick)
  let isTold = false
  void writer.writeThrough({ transitions: [transition('a', 1, 'firing')] }).then(() => {
    isTold = true
  })
  await vi.waitFor(() => expect(sent).toEqual(['alert_transitions']), hangs)
  expect(await writer.close(20)).toBe(1)
  finish()
  await vi.waitFor(() => expect(writer.health().waitingRows).toBe(0), hangs)
  await new Promise(setImmediate)
  expect(isTold).toBe(false)
})

test('sums that fail hold up no rows, health says so, and they are made when they can be', async () => {
  const refuse = { now: true }
  let refused = 0
  const connection: StoreConnection = {
    ...connections.writing,
    command: async (sql, parameters) => {
      if (refuse.now && sql.includes('INTO pane_roll_ups')) {
        refused++
        throw new Error('memory limit exceeded')
      }
      await connections.writing.command(sql, parameters)
    },
  }
  const writer = await newWriter(connection, quick)
  const of = { process: 'sums', source: 's', partition: 0, epoch: 0, position: 1 }
  const empty = { abandoned: 0, expired: 0, reworked: 0, breached: 0, sumMs: 0, minMs: undefined, maxMs: undefined }
  const pane = (start: number) => ({
    ...{ ...of, ...empty, stage: 'picking', segment: {}, total: true, entered: 1, exited: 0, buckets: [] },
    ...{ start: instant(start), end: instant(start + 10_000), business: undefined },
  })
  writer.write({ panes: [pane(0)], settled: [{ ...of, before: instant(7_200_000) }] })
  await vi.waitFor(() => expect(refused).toBeGreaterThan(1), hangs)
  expect(writer.health()).toMatchObject({
    ok: false,
    lastError: 'summing panes: memory limit exceeded',
    waitingRows: 0,
  })
  for (let nth = 1; nth <= 5; nth++) await writer.writeThrough({ panes: [pane(nth * 10_000)] })
  expect(writer.health().ok).toBe(false)
  expect(writer.unacknowledged().settled).toHaveLength(1)
  refuse.now = false
  await writer.flush()
  expect(writer.health()).toEqual({ ok: true, waitingRows: 0, writtenRows: 6 })
  expect(writer.unacknowledged().settled).toEqual([])
  const hour =
    "SELECT toString(entered) AS entered FROM pane_roll_ups FINAL WHERE process = 'sums' AND step_ms = 3600000"
  expect(await connections.reading.rows(hour)).toEqual([{ entered: '6' }])
  expect(await writer.close(60_000)).toBe(0)
})

test('closing gives up after its time, wakes who waits, and takes nothing more', async () => {
  const { connection } = unreliable({ now: true })
  const writer = await newWriter(connection, {
    ...quick,
    firstRetryMs: 3_600_000,
    longestRetryMs: 3_600_000,
    lowBytes: 0,
  })
  writer.write(output(visits('closing', 5)))
  const drained = writer.drained()
  expect(await writer.close(30)).toBe(5)
  await drained
  expect(() => writer.write(output([]))).toThrow('closed')
  expect(() => writer.write({ transitions: [] })).toThrow('closed')
})
