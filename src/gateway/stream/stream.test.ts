import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import { type Reader, type ReaderOptions, readers } from '../../../test/support/stream/reader.ts'
import { openStreamServer, type StreamServer } from '../../../test/support/stream/stream-server.ts'
import { until } from '../../../test/support/until.ts'
import { instant } from '../../event/instant.ts'
import { anybody } from '../access/visitor.ts'

/*
 * What the stream promises, over each of its wires.
 */

const now = instant(Date.UTC(2026, 10, 23, 7))
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const second = { ...quickDelivery, name: 'second' }

let engine: PlainEngine
let server: StreamServer
let announced: number
const opened: Reader[] = []

beforeEach(async () => {
  engine = new PlainEngine([quickDelivery, second])
  engine.evaluate(statusAt(now), statisticsOf(1))
  engine.evaluate({ ...statusAt(now), process: 'second' }, statisticsOf(1))
  announced = 0
  server = await openStreamServer(engine)
})

afterEach(async () => {
  for (const reader of opened.splice(0)) reader.end()
  await server.close()
})

/** An alert of one of two rules, which are of different owners. */
function announce(count: number, padding = ''): void {
  for (let more = 0; more < count; more += 1) {
    announced += 1
    const transition = alertOf({
      id: `alert-${announced % 300}`,
      rule: announced % 3 === 0 ? 'delivery_late' : 'picking_slow',
      segment: {},
      state: 'firing',
      from: 'pending',
      at: instant(now + announced),
      since: now,
      value: 400_000,
    })
    engine.announce(padding === '' ? transition : { ...transition, summary: { en: padding } })
  }
}

async function restart(...[limits, options]: [Parameters<typeof openStreamServer>[1]?, object?]): Promise<void> {
  const { port } = server
  await server.close()
  server = await openStreamServer(engine, limits, { port, ...options })
}

describe.each(readers)('%s', (_name, openReader) => {
  const open = (options?: ReaderOptions): Reader => {
    const reader = openReader(server.url, options)
    opened.push(reader)
    return reader
  }

  test('it begins with everything as of now, then tells what changes, with where that stands in time and order', async () => {
    announce(2)
    const reader = open()
    await reader.begun()
    expect(reader.beginnings[0]).toMatchObject({ recovered: false, snapshot: { alert_offset: 2, active_alerts: 2 } })
    announce(1)
    engine.evaluate(statusAt(instant(now + 1_000)), statisticsOf(3))
    await reader.until('statistics of then', ({ pushed }) =>
      pushed.some(({ type, as_of }) => type === 'statistics' && as_of === '2026-11-23T07:00:01.000Z'),
    )
    await reader.until('an alert', ({ alertOffsets }) => alertOffsets.length > 0)
    expect(reader.alertOffsets).toEqual([3])
    for (const { sequence, event_time, as_of } of reader.pushed) {
      expect(sequence).toBeGreaterThan(0)
      expect([typeof event_time, typeof as_of]).toEqual(['string', 'string'])
    }
  })

  test('a hundred cuts under load: every alert comes once, in order', async () => {
    const reader = open()
    for (let cut = 1; cut <= 100; cut += 1) {
      await reader.begun(cut)
      announce(3)
      if (cut % 2 === 0)
        await reader.until('what was announced', ({ alertOffsets }) => alertOffsets.length === announced)
      announce(cut % 5)
      server.cut()
      announce(1)
    }
    await reader.until('everything', ({ alertOffsets }) => alertOffsets.length >= announced)
    expect(reader.alertOffsets).toEqual(numbers(1, announced))
    expect(reader.beginnings.slice(1).every(({ recovered }) => recovered)).toBe(true)
  })

  test('alerts are chosen by what is said of them, statistics by process', async () => {
    announce(3)
    const filter = {
      op: 'and',
      nodes: [
        { key: 'rule', cmp: 'in', vals: ['delivery_late'] },
        { key: 'process', cmp: 'ex' },
      ],
    }
    const reader = open({ filter, processes: ['second'] })
    await reader.begun()
    expect(reader.beginnings[0]?.snapshot?.alerts.map(({ rule }) => rule)).toEqual(['delivery_late'])
    announce(3)
    server.cut()
    await reader.begun(2)
    announce(3)
    await reader.until('the last one', ({ alertOffsets }) => alertOffsets.includes(9))
    expect(reader.alertOffsets).toEqual([6, 9])
    engine.evaluate(statusAt(instant(now + 5)), statisticsOf(1))
    engine.evaluate({ ...statusAt(instant(now + 6)), process: 'second' }, statisticsOf(1))
    const newest = '2026-11-23T07:00:00.006Z'
    await reader.until('the newest', ({ pushed }) =>
      pushed.some(({ type, as_of }) => type === 'statistics' && as_of === newest),
    )
    const told = reader.pushed.flatMap(message => (message.type === 'statistics' ? [message.statistics.process] : []))
    expect([...new Set(told)]).toEqual(['second'])
  })

  test('after a restart it is told to start over, and where it stands', async () => {
    const reader = open()
    await reader.begun()
    announce(5)
    await reader.until('all', ({ alertOffsets }) => alertOffsets.length === 5)
    await restart()
    // As many as before, and one more: by number alone it could go on.
    announce(6)
    await reader.begun(2)
    expect(reader.beginnings[1]).toMatchObject({ recovered: false, snapshot: { recovered: false, alert_offset: 6 } })
    expect(reader.beginnings[1]?.snapshot?.alerts).toHaveLength(11)
    announce(1)
    await reader.until('the first one of the new run', ({ alertOffsets }) => alertOffsets.length === 6)
    expect(reader.alertOffsets.at(-1)).toBe(7)
  })

  test('whoever was away for longer than what is kept is told to start over, and gets no part of it', async () => {
    await restart({ historyAlerts: 10 })
    const reader = open()
    await reader.begun()
    announce(4)
    await reader.until('all', ({ alertOffsets }) => alertOffsets.length === 4)
    server.cut()
    announce(10)
    await reader.begun(2)
    await reader.until('all kept', ({ alertOffsets }) => alertOffsets.length === 14)
    server.cut()
    announce(11)
    await reader.begun(3)
    expect(reader.beginnings.map(({ recovered }) => recovered)).toEqual([false, true, false])
    expect(reader.beginnings[2]?.snapshot).toMatchObject({ alert_offset: 25, recovered: false })
    expect(reader.alertOffsets).toEqual(numbers(1, 14))
  })

  test('a reader that is too slow is closed, comes back and misses nothing; the others notice nothing', async () => {
    await restart({ bufferedBytes: 65_536, historyBytes: 100_000_000, closeWithinMs: 600_000 })
    const slow = open()
    const quick = open()
    await slow.begun()
    await quick.begun()
    slow.pause()
    const padding = 'x'.repeat(30_000)
    // More than the sockets' own buffers on both sides and the bound together.
    for (let burst = 0; burst < 400; burst += 1) {
      announce(1, padding)
      await quick.until('it', ({ alertOffsets }) => alertOffsets.length === announced)
    }
    slow.resume()
    await slow.until('all', ({ alertOffsets }) => alertOffsets.length >= announced)
    expect(slow.alertOffsets).toEqual(numbers(1, announced))
    expect(slow.beginnings.map(({ recovered }) => recovered)).toEqual([false, true])
    expect(slow.codes).toContain(3008)
    expect(quick.alertOffsets).toEqual(numbers(1, announced))
    expect(quick.beginnings).toHaveLength(1)
  })

  test('a burst of evaluations comes as a few messages, the newest last; never more than ten a second', async () => {
    await restart({ statusEveryMs: 20 })
    const reader = open()
    await reader.begun()
    const begun = performance.now()
    let turn = 0
    await until('a second has passed', 60_000, () => {
      for (let more = 0; more < 20; more += 1) {
        turn += 1
        for (const { name: process } of engine.processes) {
          engine.evaluate({ ...statusAt(instant(now + turn)), process }, statisticsOf(1, turn))
        }
      }
      return performance.now() - begun > 1_000
    })
    const tookMs = performance.now() - begun
    expect(reader.pushed.length).toBeLessThanOrEqual(tookMs / 100 + 2)
    const newest = new Date(now + turn).toISOString()
    await reader.until('the newest of both', ({ pushed }) =>
      engine.processes.every(({ name }) =>
        pushed.some(
          message => message.type === 'statistics' && message.statistics.process === name && message.as_of === newest,
        ),
      ),
    )
    expect(new Set(reader.pushed.map(({ type }) => type))).toEqual(new Set(['statistics', 'status']))
  })

  test('it ends when whoever opened it is signed out', async () => {
    const session = new AbortController()
    await restart({}, { visitor: { ...anybody, ended: session.signal } })
    const reader = open()
    await reader.begun()
    session.abort()
    await reader.until('the close', ({ codes }) => codes.includes(3503))
  })

  test('it tells how long it took from reading a record to pushing what came of it', async () => {
    await restart({ statusEveryMs: 20 })
    // Nobody was there to be told of this one.
    engine.evaluate(statusAt(now), statisticsOf(1), [], instant(Date.now() - 500_000))
    const reader = open()
    await reader.begun()
    // By then it follows statistics, too.
    await reader.until('three of status', ({ pushed }) => pushed.filter(({ type }) => type === 'status').length >= 3)
    const readAt = instant(Date.now() - 400)
    engine.evaluate(statusAt(now), statisticsOf(1), [], readAt)
    engine.announce(
      alertOf({
        ...{ id: 'a', rule: 'picking_slow', segment: {}, state: 'firing', from: 'pending', at: now, since: now },
        value: 1,
      }),
      readAt,
    )
    const told = () => reader.pushed.flatMap(message => (message.type === 'status' ? (message.latency ?? []) : []))
    await reader.until('both', () => new Set(told().map(({ of }) => of)).size === 2)
    for (const latency of told()) {
      expect(latency).toMatchObject({ process: 'quick-delivery', pushed: 1 })
      expect(latency.p50_ms).toBeGreaterThanOrEqual(400)
      expect(latency.p50_ms).toBeLessThan(400_000)
      expect(latency.p99_ms).toBe(latency.p50_ms)
    }
    expect(server.latency.counts().map(({ of, count }) => [of, count])).toEqual(
      expect.arrayContaining([
        ['alert', 1],
        ['statistics', 1],
      ]),
    )
  })
})
