import { describe, expect, test } from 'vitest'
import { bucketOf } from './histogram.ts'
import { LifeTable, type LifeTableSums } from './life-table.ts'
import { AGE_BUCKETS, ageBucketOf, ageEdges, lowerAgeEdge } from './life-table-ages.ts'
import { LifeTableCounts } from './life-table-counts.ts'
import { isLivePercentile, livePercentile } from './live-percentile.ts'

const byAge = (values: readonly (readonly [ageMs: number, value: number])[]): Float64Array => {
  const filled = new Float64Array(AGE_BUCKETS)
  for (const [ageMs, value] of values) filled[ageBucketOf(ageMs)] = value
  return filled
}

const lifeTable = (sums: Partial<LifeTableSums>): LifeTable =>
  new LifeTable({
    exits: byAge([]),
    exposureMs: byAge([]),
    oldestAgeMs: 0,
    zeroExits: 0,
    entered: 0,
    windowMs: 3_600_000,
    ...sums,
  })

/** The bucket that holds 1,000 ms: (939, 1024], with a hazard of 0.02 a ms, and nothing known of older ages. */
const oneBucket = lifeTable({ exits: byAge([[1_000, 17]]), exposureMs: byAge([[1_000, 850]]), oldestAgeMs: 1_024 })

describe('a life table', () => {
  test('has survival fall by its hazard within a bucket, and level where there is none', () => {
    expect([lowerAgeEdge(ageBucketOf(1_000)), ageEdges[ageBucketOf(1_000)]]).toEqual([939, 1_024])
    expect(oneBucket.exits).toBe(17)
    expect([oneBucket.survival(-1), oneBucket.survival(0), oneBucket.survival(939)]).toEqual([1, 1, 1])
    expect(oneBucket.survival(989)).toBeCloseTo(Math.exp(-1), 12)
    expect(oneBucket.survival(1_024)).toBeCloseTo(Math.exp(-1.7), 12)
    expect(oneBucket.survival(1_025)).toBeUndefined()
  })

  test('has its percentiles where survival has fallen to the rest, and a bound where it does not fall that far', () => {
    expect(oneBucket.quantile(0.5)).toBeCloseTo(939 + Math.LN2 / 0.02, 9)
    // exp(−1.7) = 0.183: the p75 is reached, the p90 is not.
    expect(oneBucket.quantile(0.75)).toBeCloseTo(939 + Math.log(4) / 0.02, 9)
    expect(oneBucket.quantile(0.9)).toEqual({ atLeast: 1_024 })
    expect(oneBucket.quantile(1)).toEqual({ atLeast: 1_024 })
    expect(oneBucket.quantile(0)).toBe(0)
  })

  test('goes on with the next bucket that has a hazard', () => {
    const table = lifeTable({
      exits: byAge([
        [1_000, 1],
        [9_000, 2],
      ]),
      exposureMs: byAge([
        [1_000, 170],
        [5_000, 400],
        [9_000, 1_000],
      ]),
      oldestAgeMs: 20_000,
    })
    expect(table.survival(1_024)).toBeCloseTo(Math.exp(-0.5), 12)
    expect(table.survival(lowerAgeEdge(ageBucketOf(9_000)))).toBeCloseTo(Math.exp(-0.5), 12)
    const left = Math.log(2) - 0.5
    expect(table.quantile(0.5)).toBeCloseTo(lowerAgeEdge(ageBucketOf(9_000)) + left / 0.002, 9)
  })

  test('without exits has a bound at the oldest age at risk for every percentile', () => {
    const table = lifeTable({ exposureMs: byAge([[1_000, 850]]), oldestAgeMs: 1_000 })
    expect([table.exits, table.quantile(0.5), table.quantile(0.99)]).toEqual([
      0,
      { atLeast: 1_000 },
      { atLeast: 1_000 },
    ])
    expect(table.probabilityLate(500, 900)).toBe(1)
    expect(table.probabilityLate(500, 2_000)).toEqual({ atMost: 1 })
  })

  test('in which nobody was at risk has no percentiles', () => {
    expect([0.5, 0.9].map(share => lifeTable({}).quantile(share))).toEqual([undefined, undefined])
    expect(lifeTable({}).survival(0)).toBe(1)
    expect(lifeTable({}).survival(1)).toBeUndefined()
    expect(lifeTable({}).probabilityLate(1, 2)).toBeUndefined()
  })

  test('starts below one by the share of visits of no length', () => {
    const table = lifeTable({
      exits: byAge([[1_000, 17]]),
      exposureMs: byAge([[1_000, 850]]),
      oldestAgeMs: 1_024,
      zeroExits: 60,
      entered: 100,
    })
    expect(table.exits).toBe(77)
    expect(table.survival(0)).toBeCloseTo(0.4, 12)
    expect(table.quantile(0.5)).toBe(0)
    expect(table.quantile(0.9)).toBeCloseTo(939 + Math.log(4) / 0.02, 9)
  })

  test('of nothing but visits of no length has percentiles of 0 ms', () => {
    const table = lifeTable({ zeroExits: 5, entered: 5 })
    expect([table.quantile(0.5), table.quantile(0.99)]).toEqual([0, 0])
  })

  test('of a segment that such visits entered by another name keeps survival from falling below nothing', () => {
    const table = lifeTable({ exposureMs: byAge([[1_000, 850]]), oldestAgeMs: 1_024, zeroExits: 5, entered: 2 })
    expect([table.quantile(0.99), table.survival(0), table.survival(1_000)]).toEqual([0, 0, 0])
  })

  test('has exits without any time at risk count as if they had been there for 1 ms', () => {
    const table = lifeTable({ exits: byAge([[1_000, 3]]), oldestAgeMs: 1_000 })
    expect(table.quantile(0.5)).toBeCloseTo(939 + Math.LN2 / 3, 9)
  })

  test('says how probably a visit is late, given the age that it has come to', () => {
    expect(oneBucket.probabilityLate(0, 989)).toBeCloseTo(Math.exp(-1), 12)
    expect(oneBucket.probabilityLate(949, 989)).toBeCloseTo(Math.exp(-0.8), 12)
    expect(oneBucket.probabilityLate(990, 989)).toBe(1)
    expect(oneBucket.probabilityLate(989, 989)).toBe(1)
  })

  test('says at most how probably where the deadline lies above the oldest age at risk', () => {
    const { atMost } = oneBucket.probabilityLate(989, 5_000) as { atMost: number }
    expect(atMost).toBeCloseTo(Math.exp(-0.7), 12)
    expect(oneBucket.probabilityLate(2_000, 5_000)).toEqual({ atMost: 1 })
  })

  test('gives the live percentiles by their names', () => {
    expect(isLivePercentile('live_p75')).toBe(true)
    expect(isLivePercentile('p75')).toBe(false)
    expect(livePercentile(oneBucket, 'live_p75')).toBe(oneBucket.quantile(0.75))
    expect(livePercentile(oneBucket, 'live_p99')).toEqual({ atLeast: 1_024 })
  })
})

describe('the counts of panes', () => {
  /** Panes of 1 s, T at half past the last: the window [100 s, 160 s) and the half of a pane that fills. */
  const counts = () => new LifeTableCounts({ at: 160_500, windowMs: 60_000, paneMs: 1_000, calendar: undefined })

  test('know the panes of their window', () => {
    expect(counts().range).toEqual({ first: 100, last: 160 })
  })

  /** Visits of a minute: the middle of their duration bucket, and where their age bucket begins. */
  const minute = { bucket: bucketOf(60_000), middleMs: 59_453, lowMs: 55_108 }

  /** Survival at the end of the only visits that left, after so many visit-ms in their age bucket. */
  const survivalAfter = (visits: number, exposureMs: number): number =>
    Math.exp((-visits / exposureMs) * (minute.middleMs - minute.lowMs))

  test('of visits that left tell how long they were within the window, to the middle of the pane', () => {
    const told = counts()
    told.pane(102)
    told.exited(minute.bucket, 3)
    const table = told.table()
    // They left 2,000 … 2,999 ms after the window began.
    expect(table.exits).toBe(3)
    expect(table.oldestAgeMs).toBe(minute.middleMs)
    expect(table.survival(minute.lowMs)).toBe(1)
    expect(table.survival(minute.middleMs)).toBeCloseTo(survivalAfter(3, 3 * 2_499.5), 12)
  })

  test('of visits that left in the pane that fills take them to have left before T', () => {
    const told = new LifeTableCounts({ at: 160_500, windowMs: 2_000, paneMs: 1_000, calendar: undefined })
    told.pane(160)
    told.exited(minute.bucket, 1)
    // 2,000 … 2,499 ms after the window began.
    expect(told.table().survival(minute.middleMs)).toBeCloseTo(survivalAfter(1, 2_249.5), 12)
  })

  test('of a long window add up to the same where neighbouring panes are taken together', () => {
    // 400 panes, two a slice: [100 s, 500 s).
    const long = () => new LifeTableCounts({ at: 500_000, windowMs: 400_000, paneMs: 1_000, calendar: undefined })
    expect(long().range).toEqual({ first: 100, last: 499 })
    const panesOf = (...panes: number[]) => {
      const told = long()
      for (const pane of panes) {
        told.pane(pane)
        told.exited(minute.bucket, 1)
      }
      return told.table().survival(minute.middleMs)
    }
    expect(panesOf(102)).toBeCloseTo(survivalAfter(1, 2_499.5), 12)
    expect(panesOf(102, 103)).toBeCloseTo(survivalAfter(2, 2 * 2_999.5), 12)
    expect(panesOf(101, 102)).toBeCloseTo(survivalAfter(2, 1_499.5 + 2_499.5), 12)
  })

  test('of open visits that entered before the window tell their time within it', () => {
    const told = counts()
    told.open(98, 1)
    told.pane(150)
    told.exited(bucketOf(1_500), 1)
    // The open visit was 1,001 … 2,000 ms old when the window began, the other one 1,480 … 1,512 ms when it left.
    const middleMs = 1_496
    const exposureMs = 1_579 - 1_500.5 + (middleMs - 1_448)
    expect(told.table().survival(1_579)).toBeCloseTo(Math.exp(-(1_579 - 1_448) / exposureMs), 12)
  })

  test('of open visits tell the ages that they have come to, the pane that fills up to T only', () => {
    const told = counts()
    told.open(160, 3)
    expect(told.table().oldestAgeMs).toBe(250.5)
    const older = counts()
    older.open(150, 3)
    expect(older.table().oldestAgeMs).toBe(10_000.5)
  })

  test('of open visits that entered after T tell nothing', () => {
    const told = counts()
    told.open(161, 3)
    expect(told.table().quantile(0.5)).toBeUndefined()
  })

  test('of visits that were abandoned or expired tell no exit', () => {
    const told = counts()
    told.pane(110)
    told.left(bucketOf(5_000), 4)
    const table = told.table()
    expect([table.exits, table.oldestAgeMs > 4_900]).toEqual([0, true])
    expect(table.quantile(0.5)).toEqual({ atLeast: table.oldestAgeMs })
  })

  test('of a visit abandoned in the instant of its entry tell nothing', () => {
    const told = counts()
    told.pane(110)
    told.left(bucketOf(0), 4)
    expect(told.table().quantile(0.5)).toBeUndefined()
  })

  /** [pane, duration, count] of exits; open visits by pane. */
  const exits = Array.from({ length: 300 }, (_, index) => [
    100 + ((index * 7) % 61),
    500 + index * 311,
    1 + (index % 3),
  ])
  const open = Array.from({ length: 90 }, (_, index) => [70 + index, 1 + (index % 2)])

  function toldIn(parts: number, reversed: boolean): LifeTable {
    const told = counts()
    const order = reversed ? [...Array(parts).keys()].reverse() : [...Array(parts).keys()]
    for (const part of order) {
      const mine = (_: unknown, index: number) => index % parts === part
      for (const [pane, count] of open.filter(mine)) told.open(pane!, count!)
      const sorted = exits.filter(mine).sort((left, right) => left[0]! - right[0]!)
      for (const [pane, ms, count] of reversed ? sorted.reverse() : sorted) {
        told.pane(pane!)
        told.entered(1)
        told.exited(bucketOf(ms!), count!)
      }
    }
    return told.table()
  }

  test('give the very same table in whatever parts and order they are told', () => {
    expect(toldIn(3, false)).toEqual(toldIn(1, false))
    expect(toldIn(5, true)).toEqual(toldIn(1, false))
    expect(toldIn(1, false).exits).toBe(exits.reduce((sum, [, , count]) => sum + count!, 0))
  })

  test('may be told of several panes as one, which then lie anywhere in them', () => {
    const [one, four] = [counts(), counts()]
    one.pane(121)
    four.pane(120, 3)
    for (const told of [one, four]) told.exited(bucketOf(60_000), 2)
    expect(four.table()).toEqual(one.table())
  })
})
