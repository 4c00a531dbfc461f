import { beforeAll, describe, expect, test } from 'vitest'
import type { CaseLateness } from '../../src/windows/lateness.ts'
import { type CountRange, countLateRisk } from '../../src/windows/lateness-count.ts'
import { DueCounts } from '../../src/windows/lateness-due-counts.ts'
import { type Forecast, forecast, middle, steady } from './lateness-forecasts.ts'
import { readOrders, whyNoOlist } from './lateness-orders.ts'
import {
  type Answer,
  answersOf,
  brier,
  calibration,
  type Opponent,
  onceAnOrder,
  opponents,
  partsOf,
  percentBetter,
} from './lateness-scores.ts'

/*
 * Is P(late) any good? On real orders, from what was known at the time. Every fifth midnight, which are all weekdays in
 * turn; `bench/deadline.bench.ts` prints the same of every midnight, by month, and with the alternatives tried.
 */
const DAY = 86_400_000
const HOUR = 3_600_000

describe.skipIf(whyNoOlist !== '')(`P(late) of open orders of Olist${whyNoOlist}`, () => {
  let forecasts: readonly Forecast[]
  let answers: Record<Opponent, Answer>

  beforeAll(() => {
    const orders = readOrders()
    forecasts = forecast(orders, { ...steady, everyMs: 5 * DAY, by: ['customerState', 'sellerState'] })
    answers = answersOf(orders, forecasts)
  }, 120_000)

  const better = (among: readonly Forecast[], opponent: Opponent, weight?: Answer) =>
    percentBetter(brier(among, middle, weight), brier(among, answers[opponent], weight))

  test('is asked of many orders in every stage, and known of nearly all', () => {
    expect(forecasts.length).toBeGreaterThan(150_000)
    for (const stage of [0, 1, 2]) {
      expect(forecasts.filter(one => one.stage === stage).length).toBeGreaterThan(5_000)
    }
    const open = forecasts.filter(({ chance }) => chance.high - chance.low > 0.02)
    expect(open.length / forecasts.length).toBeLessThan(0.02)
  })

  test.each(opponents)('has a Brier score at least 5 per cent better than the %s', opponent => {
    expect(better(forecasts, opponent)).toBeGreaterThan(5)
  })

  test.each(opponents)('has one at least 5 per cent better than the %s where every order counts once', opponent => {
    expect(better(forecasts, opponent, onceAnOrder(forecasts))).toBeGreaterThan(5)
  })

  test.each(opponents)(
    'has one at least 5 per cent better than the %s where cancelled orders are left out',
    opponent => {
      const delivered = forecasts.filter(({ order }) => !order.wasCancelled)
      expect(better(delivered, opponent)).toBeGreaterThan(5)
    },
  )

  test('is better than the elapsed share in every quarter and every stage', () => {
    const quarterOf = ({ at }: Forecast) =>
      `${new Date(at).getUTCFullYear()} ${Math.floor(new Date(at).getUTCMonth() / 3)}`
    const parts = [...partsOf(forecasts, quarterOf), ...partsOf(forecasts, ({ stage }) => `stage ${stage}`)]
    expect(parts.length).toBe(7)
    for (const [part, among] of parts) {
      expect([part, better(among, 'elapsed share')]).toEqual([part, expect.toSatisfy((percent: number) => percent > 3)])
    }
  })

  test('comes true as often as it says', () => {
    const tenths = calibration(forecasts, middle)
    expect(tenths.length).toBe(10)
    for (const { tenth, said, late } of tenths) expect([tenth, Math.abs(said - late) < 0.1]).toEqual([tenth, true])
  })

  test('over a level is counted from panes of entry and due instant as from every single order', () => {
    const atInstants = [...partsOf(forecasts, ({ at }) => String(at)).values()].filter((_, index) => index % 12 === 0)
    expect(atInstants.length).toBeGreaterThan(5)
    for (const among of atInstants) {
      const single = among.filter(({ chance }) => chance.high >= 0.5).length
      const { low, high } = countedLateRisk(among, 0.5)
      expect(single).toBeGreaterThan(0)
      // An entry counts as the middle of its hour, so a few orders near the level may fall on its other side.
      const few = among.length / 200
      expect(single).toBeGreaterThanOrEqual(low - few)
      expect(single).toBeLessThanOrEqual(high + few)
      expect(high - low).toBeLessThan(among.length / 50)
    }
  })
})

/** As the engine would: every segment's open orders by pane of entry and of due instant. */
function countedLateRisk(among: readonly Forecast[], level: number): CountRange {
  const segments = new Map<CaseLateness, DueCounts>()
  for (const { order, stage, lateness } of among) {
    const counts = segments.get(lateness) ?? new DueCounts()
    segments.set(lateness, counts)
    counts.add(Math.floor(order.entries[stage]! / HOUR), Math.floor(order.dueAt / HOUR), 1)
  }
  const at = among[0]!.at
  let [low, high] = [0, 0]
  for (const [lateness, counts] of segments) {
    const chanceOf = (entry: number, due: number) => lateness.chance(at - entry, due - entry)
    const counted = countLateRisk(counts.lines(), { at, paneMs: HOUR, level, chanceOf })
    low += counted.low
    high += counted.high
  }
  return { low, high }
}
