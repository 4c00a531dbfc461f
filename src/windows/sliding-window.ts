import { Histogram } from './histogram.ts'
import type { Pane } from './pane.ts'
import type { ValueRange } from './settled-panes.ts'
import { forEachMoved, type PaneRange, windowPanes } from './span.ts'

/** What a window adds up over its panes; everything that subtracts exactly. */
export type WindowCounts = {
  entered: number
  reworked: number
  exited: number
  abandoned: number
  expired: number
  breached: number
  sumMs: number
}

export type WindowTotals = WindowCounts & { readonly durations: Histogram }

export const newCounts = (): WindowCounts => ({
  entered: 0,
  reworked: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  breached: 0,
  sumMs: 0,
})

export function addCounts(into: WindowCounts, from: WindowCounts): void {
  into.entered += from.entered
  into.reworked += from.reworked
  into.exited += from.exited
  into.abandoned += from.abandoned
  into.expired += from.expired
  into.breached += from.breached
  into.sumMs += from.sumMs
}

/** Shortest and longest completed duration; undefined where none completed. */
export type Extremes = { readonly minMs: number | undefined; readonly maxMs: number | undefined }

/** The panes of a series, as a window reads them. */
export type PaneSource = {
  /** Calls for the panes of a range; the pane means something only until the call returns. */
  forEachPane(first: number, last: number, call: (pane: Pane) => void): void
  /** Widens `known` by all durations of a range. */
  widen(first: number, last: number, known: ValueRange): void
}

/**
 * The running totals of one window length over the panes of one stage and segment.
 *
 * As time moves it adds the panes that come in and subtracts those that leave, so an evaluation does not cost the
 * number of panes; a change of a pane that is inside changes the totals too, so that they always equal the sum of the panes.
 */
export class SlidingWindow {
  readonly windowMs: number
  readonly #paneMs: number
  readonly totals: WindowTotals = { ...newCounts(), durations: new Histogram() }
  /** Before the first evaluation the window is empty. */
  #first = 0
  #last = -1
  /** Shortest and longest duration inside, while known. */
  readonly #extremes: ValueRange = { least: Infinity, most: -Infinity }
  #areExtremesKnown = false

  constructor(windowMs: number, paneMs: number) {
    this.windowMs = windowMs
    this.#paneMs = paneMs
  }

  get range(): PaneRange {
    return { first: this.#first, last: this.#last }
  }

  /** The youngest pane inside. */
  get last(): number {
    return this.#last
  }

  covers(pane: number): boolean {
    return pane >= this.#first && pane <= this.#last
  }

  /**
   * Shortest and longest duration in the window; undefined where none completed.
   *
   * Extremes do not subtract: they are kept while panes come in, and looked for again once one that held an extreme has left.
   */
  extremes(panes: PaneSource): Extremes {
    if (this.totals.exited === 0) return { minMs: undefined, maxMs: undefined }
    const known = this.#extremes
    if (!this.#areExtremesKnown) {
      known.least = Infinity
      known.most = -Infinity
      panes.widen(this.#first, this.#last, known)
      this.#areExtremesKnown = true
    }
    return { minMs: known.least, maxMs: known.most }
  }

  /** A pane inside has changed by one entry. */
  enter(rework: -1 | 0 | 1, sign: 1 | -1): void {
    this.totals.entered += sign
    this.totals.reworked += rework
  }

  /** A pane inside has changed by one duration. */
  complete(ms: number, bucket: number, breach: -1 | 0 | 1, sign: 1 | -1): void {
    const { totals } = this
    totals.exited += sign
    totals.breached += breach
    totals.sumMs += sign * ms
    totals.durations.add(bucket, sign)
    if (!this.#areExtremesKnown) return
    const known = this.#extremes
    if (sign === -1) {
      if (ms === known.least || ms === known.most) this.#areExtremesKnown = false
      return
    }
    if (ms < known.least) known.least = ms
    if (ms > known.most) known.most = ms
  }

  giveUp(how: 'abandoned' | 'expired', sign: 1 | -1): void {
    this.totals[how] += sign
  }

  /**
   * Moves to an instant, forward or (for a question about the past) backward.
   *
   * @param panes of the series.
   */
  moveTo(at: number, panes: PaneSource): void {
    const next = windowPanes(at, this.windowMs, this.#paneMs)
    const { range } = this
    if (next.first === range.first && next.last === range.last) return
    this.#first = next.first
    this.#last = next.last
    forEachMoved(range, next, (first, last, sign) => {
      panes.forEachPane(first, last, pane => this.addPane(pane, sign))
    })
  }

  /** Adds or subtracts all of a pane. */
  addPane(pane: Pane, sign: 1 | -1): void {
    const { totals } = this
    totals.entered += sign * pane.entered
    totals.reworked += sign * pane.reworked
    totals.exited += sign * pane.exited
    totals.abandoned += sign * pane.abandoned
    totals.expired += sign * pane.expired
    totals.breached += sign * pane.breached
    if (pane.exited === 0) return
    totals.sumMs += sign * pane.sumMs
    const { size, buckets, counts } = pane.durations
    for (let at = 0; at < size; at++) totals.durations.add(buckets[at] as number, sign * (counts[at] as number))
    if (!this.#areExtremesKnown) return
    const known = this.#extremes
    if (sign === -1) {
      if (pane.leastMs === known.least || pane.mostMs === known.most) this.#areExtremesKnown = false
      return
    }
    if (pane.leastMs < known.least) known.least = pane.leastMs
    if (pane.mostMs > known.most) known.most = pane.mostMs
  }
}
