import type { Forecast } from './lateness-forecasts.ts'
import { isLate, type Order } from './lateness-orders.ts'

/*
 * Brier scores of the forecasts, and of two answers that need no life table. All of them know the past only.
 *
 * - base rate: of the orders delivered so far, the share that was late
 * - elapsed share: of the orders whose due instant has passed, looked at once a day while they were open, the share that was
 *   late among those at which the same share of the promised time had gone by; made to rise (isotonic regression)
 *
 * Each stands twice: from all of the past, and from that of the last 60 days; the elapsed share also with the
 * looks weighted so that every order counts once, which is what to learn from where the scores count so.
 */

const DAY = 86_400_000
const CELLS = 40

/** P(late) of a forecast's order at its instant. */
export type Answer = (forecast: Forecast) => number

/** Mean of (P − what happened)² over the forecasts, each with its weight. */
export function brier(forecasts: readonly Forecast[], answer: Answer, weight: Answer = () => 1): number {
  let sum = 0
  let weights = 0
  for (const one of forecasts) {
    sum += weight(one) * (answer(one) - Number(one.isLate)) ** 2
    weights += weight(one)
  }
  return sum / weights
}

/** Weights with which every order counts once: what drawing one of its instants gives on the average. */
export function onceAnOrder(forecasts: readonly Forecast[]): Answer {
  const instants = new Map<Order, number>()
  for (const { order } of forecasts) instants.set(order, (instants.get(order) ?? 0) + 1)
  return ({ order }) => 1 / instants.get(order)!
}

export function partsOf(forecasts: readonly Forecast[], partOf: (one: Forecast) => string): Map<string, Forecast[]> {
  const parts = new Map<string, Forecast[]>()
  for (const one of forecasts) {
    const part = parts.get(partOf(one)) ?? []
    part.push(one)
    parts.set(partOf(one), part)
  }
  return parts
}

export type CalibrationRow = {
  /** 0: up to 10 %, …, 9: from 90 % on. */
  readonly tenth: number
  readonly cases: number
  /** Mean of what was said, and the share that was late. */
  readonly said: number
  readonly late: number
}

/** By tenths of what was said, those without a forecast left out. */
export function calibration(forecasts: readonly Forecast[], answer: Answer): CalibrationRow[] {
  const parts = partsOf(forecasts, one => String(Math.min(9, Math.floor(10 * answer(one)))))
  return [...parts.entries()]
    .map(([tenth, among]) => ({
      tenth: Number(tenth),
      cases: among.length,
      said: among.reduce((sum, one) => sum + answer(one), 0) / among.length,
      late: among.filter(({ isLate }) => isLate).length / among.length,
    }))
    .sort((left, right) => left.tenth - right.tenth)
}

/** By how many percent the first score is better than the second. */
export const percentBetter = (score: number, than: number): number => 100 * (1 - score / than)

export const opponents = [
  'base rate',
  'base rate, 60 d',
  'elapsed share',
  'elapsed share, 60 d',
  'elapsed share, once an order',
] as const
export type Opponent = (typeof opponents)[number]

export function answersOf(orders: readonly Order[], forecasts: readonly Forecast[]): Record<Opponent, Answer> {
  const instants = [...new Set(forecasts.map(({ at }) => at))].sort((left, right) => left - right)
  const baseRate = (spanMs: number) => {
    const delivered = orders.flatMap(order =>
      order.deliveredAt === undefined
        ? []
        : [{ knownAt: order.deliveredAt, cell: 0, isLate: isLate(order), weight: 1 }],
    )
    const rates = ratesAt(instants, delivered, 1, spanMs)
    return ({ at }: Forecast) => rates.get(at)![0]!
  }
  const looks = looksAt(orders)
  const onceLooks = looks.map(look => ({ ...look, weight: 1 / look.looks }))
  const elapsedShare = (spanMs: number, from: readonly Look[] = looks) => {
    const rates = ratesAt(instants, from, CELLS, spanMs)
    return ({ order, at }: Forecast) => rates.get(at)![cellOf(order, at)]!
  }
  return {
    'base rate': baseRate(Number.POSITIVE_INFINITY),
    'base rate, 60 d': baseRate(60 * DAY),
    'elapsed share': elapsedShare(Number.POSITIVE_INFINITY),
    'elapsed share, 60 d': elapsedShare(60 * DAY),
    'elapsed share, once an order': elapsedShare(Number.POSITIVE_INFINITY, onceLooks),
  }
}

type Look = { readonly knownAt: number; readonly cell: number; readonly isLate: boolean; readonly weight: number }

const cellOf = ({ purchasedAt, dueAt }: Order, at: number): number =>
  Math.min(CELLS - 1, Math.max(0, Math.floor((CELLS * (at - purchasedAt)) / (dueAt - purchasedAt))))

/** Every order at every midnight on which it was open and not due yet; known when it is due, late or not. */
function looksAt(orders: readonly Order[]): (Look & { readonly looks: number })[] {
  const looks: (Look & { readonly looks: number })[] = []
  for (const order of orders) {
    const until = Math.min(order.dueAt, (order.deliveredAt ?? Number.POSITIVE_INFINITY) + 1)
    const first = Math.ceil(order.purchasedAt / DAY) * DAY
    const outcome = { knownAt: order.dueAt, isLate: isLate(order), weight: 1, looks: Math.ceil((until - first) / DAY) }
    for (let at = first; at < until; at += DAY) looks.push({ ...outcome, cell: cellOf(order, at) })
  }
  return looks
}

/** By instant, the share of the late of each cell, over what had become known before it, but not longer ago than the span. */
function ratesAt(instants: readonly number[], looks: readonly Look[], cells: number, spanMs: number) {
  const known = looks.toSorted((left, right) => left.knownAt - right.knownAt)
  const [all, late] = [new Float64Array(cells), new Float64Array(cells)]
  const count = ({ cell, isLate, weight }: Look, by: number) => {
    all[cell]! += by * weight
    if (isLate) late[cell]! += by * weight
  }
  const rates = new Map<number, number[]>()
  let [next, oldest] = [0, 0]
  for (const at of instants) {
    for (; next < known.length && known[next]!.knownAt < at; next++) count(known[next]!, 1)
    for (; oldest < next && known[oldest]!.knownAt < at - spanMs; oldest++) count(known[oldest]!, -1)
    rates.set(at, risingShares(late, all))
  }
  return rates
}

/** Isotonic regression: neighbours that fall are pooled. */
function risingShares(late: Float64Array, all: Float64Array): number[] {
  const pools: { late: number; all: number; cells: number }[] = []
  for (let cell = 0; cell < all.length; cell++) {
    pools.push({ late: late[cell]!, all: all[cell]!, cells: 1 })
    for (;;) {
      const [before, last] = [pools.at(-2), pools.at(-1)!]
      if (before === undefined || before.late * last.all < last.late * before.all) break
      pools.pop()
      before.late += last.late
      before.all += last.all
      before.cells += last.cells
    }
  }
  return pools.flatMap(pool => Array<number>(pool.cells).fill(pool.all === 0 ? 0 : pool.late / pool.all))
}
