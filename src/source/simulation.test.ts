import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SourceRecord } from '../event/record.ts'
import { MAX_ORDER_MS, warehouseCount } from './simulated-order.ts'
import { SimulatedStream } from './simulation.ts'
import {
  beginningOf,
  continuePlan,
  finishOfPicking,
  newPlan,
  OFFSETS_PER_MS,
  pickingPhases,
  type SimulationPlan,
} from './simulation-plan.ts'

const MINUTE = 60_000
const startedAt = Date.UTC(2026, 10, 23, 12, 0, 3)

type SimulatedRecord = {
  order_id: string
  event_id: string
  activity: string
  ts: string
  warehouse: string
  carrier: string
  region: string
  amount: number
}

const bodyOf = (record: SourceRecord): SimulatedRecord => JSON.parse(Buffer.from(record.value!).toString())
const plain = (records: readonly SourceRecord[]) =>
  records.map(({ offset, key, value, timestamp }) => [
    offset,
    Buffer.from(key!).toString(),
    Buffer.from(value!).toString(),
    timestamp,
  ])

/** All records from one instant of emission to another. */
function recordsBetween(plan: SimulationPlan, from: number, to: number): SourceRecord[] {
  return new SimulatedStream(plan, from * OFFSETS_PER_MS).take(to, Number.POSITIVE_INFINITY)
}

test('the same seed and plan give the same stream, another seed another', () => {
  const [from, to] = [startedAt - MINUTE, startedAt + MINUTE]
  const records = plain(recordsBetween(newPlan(startedAt), from, to))
  expect(records.length).toBeGreaterThan(15_000)
  expect(plain(recordsBetween(newPlan(startedAt), from, to))).toEqual(records)
  expect(plain(recordsBetween(newPlan(startedAt, { seed: 2 }), from, to))).not.toEqual(records)
})

test('reading on from any offset gives what reading through gives', () => {
  const plan = newPlan(startedAt, { fullRate: 60 })
  const [from, to] = [startedAt - 2 * MINUTE, startedAt + 4 * MINUTE]
  const whole = recordsBetween(plan, from, to)
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 90_000 }),
      (at, limit, stepMs) => {
        const stream = new SimulatedStream(plan, whole[at]!.offset)
        const resumed: SourceRecord[] = []
        for (let until = from; until < to; ) {
          const records = stream.take(until, limit)
          resumed.push(...records)
          if (records.length < limit) until = Math.min(to, until + stepMs)
        }
        resumed.push(...stream.take(to, Number.POSITIVE_INFINITY))
        expect(plain(resumed)).toEqual(plain(whole.slice(at)))
      },
    ),
    { numRuns: 8 },
  )
})

test('offsets rise and tell the time of emission', () => {
  const records = recordsBetween(newPlan(startedAt), startedAt, startedAt + MINUTE)
  const offsets = records.map(({ offset }) => offset)
  expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b))
  expect(records.map(({ timestamp }) => timestamp)).toEqual(offsets.map(offset => Math.floor(offset / OFFSETS_PER_MS)))
})

test('the backfill is a day long, at most half a million records, and at the full rate in its last half hour', () => {
  const plan = newPlan(startedAt)
  const stream = new SimulatedStream(plan)
  let count = 0
  let first = Number.NaN
  let atNight = 0
  let atTheEnd = 0
  for (let records = stream.take(startedAt, 5_000); records.length > 0; records = stream.take(startedAt, 5_000)) {
    if (count === 0) first = records[0]!.timestamp!
    count += records.length
    for (const { timestamp } of records) {
      if (timestamp! > startedAt - 16 * 60 * MINUTE && timestamp! < startedAt - 15 * 60 * MINUTE) atNight++
      if (timestamp! > startedAt - 15 * MINUTE) atTheEnd++
    }
  }
  expect(count).toBeGreaterThan(400_000)
  expect(count).toBeLessThan(500_000)
  expect(first - beginningOf(plan)).toBeLessThan(10_000)
  expect(atNight / 3_600).toBeGreaterThan(0.8)
  expect(atNight / 3_600).toBeLessThan(1.2)
  expect(atTheEnd / 900).toBeGreaterThan(190)
  expect(atTheEnd / 900).toBeLessThan(210)
})

test('some records are late, a very few by more than settle, some are out of order or told twice', () => {
  const records = recordsBetween(newPlan(startedAt), startedAt - 10 * MINUTE, startedAt)
  const tally = { duplicates: 0, outOfOrder: 0, late: 0, past: 0, cancelled: 0, early: 0, misnamed: 0 }
  const seen = new Set<string>()
  let highest = 0
  for (const record of records) {
    const { order_id, event_id, activity, ts } = bodyOf(record)
    const at = Date.parse(ts)
    const lateness = record.timestamp! - at
    if (lateness <= 0) tally.early++
    if (Buffer.from(record.key!).toString() !== order_id) tally.misnamed++
    if (at < highest) tally.outOfOrder++
    if (lateness > 5_000) tally.late++
    if (lateness > 5 * MINUTE) tally.past++
    if (seen.has(event_id)) tally.duplicates++
    if (activity === 'cancelled') tally.cancelled++
    highest = Math.max(highest, at)
    seen.add(event_id)
  }
  const share = (count: number) => count / records.length
  expect(tally).toMatchObject({ early: 0, misnamed: 0 })
  expect(share(tally.duplicates)).toBeGreaterThan(0.005)
  expect(share(tally.duplicates)).toBeLessThan(0.02)
  expect(share(tally.outOfOrder)).toBeGreaterThan(0.05)
  expect(share(tally.late)).toBeLessThan(0.04)
  expect(tally.past).toBeGreaterThan(2)
  expect(share(tally.past)).toBeLessThan(0.001)
  expect(share(tally.cancelled)).toBeGreaterThan(0.004)
})

test('an order goes through its activities in order, in one warehouse, by one carrier, within two hours', () => {
  // A low rate, so that many whole lives are few records.
  const plan = newPlan(startedAt, { fullRate: 20 })
  const byOrder = new Map<string, SimulatedRecord[]>()
  let longest = 0
  for (const record of recordsBetween(plan, startedAt, startedAt + 45 * MINUTE)) {
    const body = bodyOf(record)
    const created = Number(body.order_id.split('-')[1]) * 1_000
    longest = Math.max(longest, record.timestamp! - created)
    if (created >= startedAt) byOrder.set(body.order_id, [...(byOrder.get(body.order_id) ?? []), body])
  }
  expect(longest).toBeLessThan(MAX_ORDER_MS)
  const order = ['created', 'paid', 'picked', 'packed', 'handed_over', 'delivered', 'cancelled']
  const rank = ({ activity }: SimulatedRecord) => order.indexOf(activity)
  for (const bodies of byOrder.values()) {
    const ranks = bodies.sort((a, b) => Date.parse(a.ts) - Date.parse(b.ts) || rank(a) - rank(b)).map(rank)
    expect(ranks).toEqual([...ranks].sort())
    expect(
      new Set(bodies.map(({ warehouse, carrier, region, amount }) => `${warehouse} ${carrier} ${region} ${amount}`))
        .size,
    ).toBe(1)
  }
  const all = [...byOrder.values()].flat()
  expect(new Set(all.map(({ warehouse }) => warehouse)).size).toBe(6)
  expect(new Set(all.map(({ carrier }) => carrier)).size).toBe(3)
  expect(new Set(all.map(({ region }) => region)).size).toBe(4)
  expect(all.some(({ activity }) => activity === 'delivered')).toBe(true)
})

test('ten seconds after the start one warehouse picks nearly nothing, for two and a half minutes', () => {
  const plan = newPlan(startedAt)
  const picked = recordsBetween(plan, startedAt - 3 * MINUTE, startedAt + 6 * MINUTE)
    .map(bodyOf)
    .filter(({ activity }) => activity === 'picked')
  const stalled = `WH-${pickingPhases(plan, startedAt, startedAt + MINUTE, warehouseCount)[0]!.warehouse + 1}`
  const perMinute = (warehouse: string, fromMinute: number) =>
    picked.filter(({ warehouse: other, ts }) => {
      const at = Date.parse(ts) - startedAt - 10_000
      return other === warehouse && at >= fromMinute * MINUTE && at < (fromMinute + 1) * MINUTE
    }).length
  expect(perMinute(stalled, -2)).toBeGreaterThan(150)
  expect(perMinute(stalled, 1)).toBeLessThan(20)
  // Afterwards the backlog is worked off.
  expect(perMinute(stalled, 3)).toBeGreaterThan(2 * perMinute(stalled, -2))
  for (const other of ['WH-1', 'WH-2', 'WH-3', 'WH-4', 'WH-5', 'WH-6']) {
    if (other !== stalled) expect(perMinute(other, 1)).toBeGreaterThan(100)
  }
})

test('incidents return every twenty minutes, each time in another warehouse than before', () => {
  const incidents = pickingPhases(newPlan(startedAt), startedAt, startedAt + 120 * MINUTE, warehouseCount).filter(
    ({ speed }) => speed < 1,
  )
  expect(incidents.map(({ start }) => (start - startedAt - 10_000) / MINUTE)).toEqual([0, 20, 40, 60, 80, 100])
  for (let i = 1; i < incidents.length; i++) expect(incidents[i]!.warehouse).not.toBe(incidents[i - 1]!.warehouse)
})

test('picking that meets a stop is done when its work is done', () => {
  const phases = [
    { warehouse: 0, start: 100, end: 200, speed: 0 },
    { warehouse: 0, start: 200, end: 300, speed: 2 },
  ]
  expect(finishOfPicking(phases, 0, 50, 50)).toBe(100)
  expect(finishOfPicking(phases, 0, 50, 60)).toBe(205)
  expect(finishOfPicking(phases, 0, 50, 300)).toBe(350)
  expect(finishOfPicking(phases, 1, 50, 60)).toBe(110)
  expect(finishOfPicking(phases, 0, 250, 60)).toBe(280)
})

test('a restart leaves what was read as it was, and has an incident of its own', () => {
  const plan = newPlan(startedAt)
  for (const [stoppedAt, restartedAt] of [
    [startedAt + 90_000, startedAt + 95_000],
    [startedAt + 8 * MINUTE, startedAt + 30 * 60 * MINUTE],
    [startedAt - 20 * MINUTE, startedAt + MINUTE],
  ] as const) {
    const continued = continuePlan(plan, stoppedAt * OFFSETS_PER_MS, restartedAt)
    // What was read after the last kept offset stays, too.
    const [from, to] = [stoppedAt - 2 * MINUTE, Math.min(restartedAt, stoppedAt + MINUTE)]
    expect(plain(recordsBetween(continued, from, to))).toEqual(plain(recordsBetween(plan, from, to)))
    const own = pickingPhases(continued, restartedAt, restartedAt + MINUTE, warehouseCount).filter(
      ({ start }) => start >= restartedAt,
    )
    expect(own[0]).toMatchObject({ start: restartedAt + 10_000 })
    const lastMinute = recordsBetween(continued, restartedAt - MINUTE, restartedAt)
    expect(lastMinute.length).toBeGreaterThan(9_000)
  }
})

test('a restart after a week catches up on one day', () => {
  const restartedAt = startedAt + 7 * 24 * 60 * MINUTE
  const plan = newPlan(startedAt, { lowRate: 1, fullRate: 20 })
  const continued = continuePlan(plan, (startedAt + MINUTE) * OFFSETS_PER_MS, restartedAt)
  const between = recordsBetween(continued, startedAt + 3 * 60 * MINUTE, restartedAt - 25 * 60 * MINUTE)
  expect(between).toEqual([])
  const day = recordsBetween(continued, restartedAt - 25 * 60 * MINUTE, restartedAt)
  expect(day.length).toBeGreaterThan(90_000)
  expect(day.length).toBeLessThan(130_000)
})
