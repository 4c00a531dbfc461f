import { DistinctUnion } from './distinct-union.ts'
import { addSum, addValue, SUM_WIDTH } from './exact-sum.ts'
import { Histogram } from './histogram.ts'
import { measureBucketMiddle } from './measure-buckets.ts'
import type { MeasurePane } from './measure-pane.ts'
import type { ValueRange } from './settled-panes.ts'
import { windowPanes } from './span.ts'

/** The panes of a series, as a window reads them. */
export type MeasurePaneSource = {
  /** Calls for the panes of a range, with their distinct values; the pane means something only until the call returns. */
  forEachPane(first: number, last: number, call: (pane: MeasurePane) => void): void
  /** Widens `known` by all values of a range. */
  widen(first: number, last: number, known: ValueRange): void
}

/** What a window of a measure adds up over its panes; everything that subtracts exactly. */
export type MeasureTotals = {
  count: number
  /** See `exact-sum.ts`. */
  readonly sum: Float64Array
  readonly values: Histogram
}

export const newMeasureTotals = (): MeasureTotals => ({
  count: 0,
  sum: new Float64Array(SUM_WIDTH),
  values: new Histogram(-Infinity, measureBucketMiddle),
})

export function addMeasureTotals(into: MeasureTotals, from: MeasureTotals): void {
  into.count += from.count
  addSum(into.sum, 0, from.sum, 0, 1)
  from.values.addTo(into.values)
}

/**
 * The running totals of one window length over the panes of one measure and segment.
 *
 * As a stage's `SlidingWindow` it adds the panes that come in and subtracts those that leave, and follows the changes of
 * panes inside. Lowest and highest value, and the distinct ones, are combined from panes: they are kept while that is
 * enough, and looked for again when it is not.
 */
export class MeasureWindow {
  readonly windowMs: number
  readonly #paneMs: number
  readonly totals = newMeasureTotals()
  /** Before the first evaluation the window is empty. */
  #first = 0
  #last = -1
  readonly #extremes: ValueRange = { least: Infinity, most: -Infinity }
  #areExtremesKnown = false
  /** Made when somebody asks. */
  #distinct: DistinctUnion | undefined

  constructor(windowMs: number, paneMs: number) {
    this.windowMs = windowMs
    this.#paneMs = paneMs
  }

  /** The youngest pane inside. */
  get last(): number {
    return this.#last
  }

  covers(pane: number): boolean {
    return pane >= this.#first && pane <= this.#last
  }

  /** Lowest and highest value in the window; `least > most` where nothing was counted. */
  extremes(panes: MeasurePaneSource): Readonly<ValueRange> {
    if (!this.#areExtremesKnown) {
      this.#extremes.least = Infinity
      this.#extremes.most = -Infinity
      panes.widen(this.#first, this.#last, this.#extremes)
      this.#areExtremesKnown = true
    }
    return this.#extremes
  }

  /** Of a measure that keeps them. */
  distinct(panes: MeasurePaneSource): DistinctUnion {
    this.#distinct ??= new DistinctUnion()
    const union = this.#distinct
    if (!union.isKnown) {
      union.clear()
      if (this.#first <= this.#last) panes.forEachPane(this.#first, this.#last, pane => union.addPane(pane, 1))
    }
    return union
  }

  /**
   * A pane inside has changed by one event.
   *
   * @param turn 1: none of the pane had this value before; −1: none has it any more; else 0.
   * @param isResampled the level of the pane's distinct values has become another.
   */
  count(value: number, bucket: number, sign: 1 | -1, turn: -1 | 0 | 1, isResampled: boolean): void {
    const { totals } = this
    totals.count += sign
    addValue(totals.sum, 0, value, sign)
    totals.values.add(bucket, sign)
    if (turn === 0) return
    if (isResampled) this.#distinct?.forget()
    else this.#distinct?.turn(value, turn)
    if (turn === 1) this.#include(value, value)
    else this.#exclude(value, value)
  }

  /** Moves to an instant, forward or (for a question about the past) backward. @param panes of the series. */
  moveTo(at: number, panes: MeasurePaneSource): void {
    const next = windowPanes(at, this.windowMs, this.#paneMs)
    const first = this.#first
    const last = this.#last
    if (next.first === first && next.last === last) return
    this.#first = next.first
    this.#last = next.last
    this.#addAll(panes, first, Math.min(last, next.first - 1), -1)
    this.#addAll(panes, Math.max(first, next.last + 1), last, -1)
    this.#addAll(panes, next.first, Math.min(next.last, first - 1), 1)
    this.#addAll(panes, Math.max(next.first, last + 1), next.last, 1)
  }

  /** Adds or subtracts all of a pane. */
  addPane(pane: MeasurePane, sign: 1 | -1): void {
    if (pane.count === 0) return
    const { totals } = this
    totals.count += sign * pane.count
    addSum(totals.sum, 0, pane.sum, 0, sign)
    const { size, buckets, counts } = pane.buckets
    for (let at = 0; at < size; at++) totals.values.add(buckets[at] as number, sign * (counts[at] as number))
    this.#distinct?.addPane(pane, sign)
    if (sign === 1) this.#include(pane.least, pane.most)
    else this.#exclude(pane.least, pane.most)
  }

  #include(least: number, most: number): void {
    if (least < this.#extremes.least) this.#extremes.least = least
    if (most > this.#extremes.most) this.#extremes.most = most
  }

  #exclude(least: number, most: number): void {
    if (least === this.#extremes.least || most === this.#extremes.most) this.#areExtremesKnown = false
  }

  #addAll(panes: MeasurePaneSource, first: number, last: number, sign: 1 | -1): void {
    if (first <= last) panes.forEachPane(first, last, pane => this.addPane(pane, sign))
  }
}
