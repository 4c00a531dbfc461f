import { Histogram } from './histogram.ts'
import type { Pane } from './pane.ts'
import { type PaneRange, windowPanes } from './span.ts'

/** What a window adds up over its panes; everything that subtracts exactly. */
export type WindowTotals = {
  entered: number
  reworked: number
  exited: number
  abandoned: number
  expired: number
  breached: number
  sumMs: number
  readonly durations: Histogram
}

export const newTotals = (): WindowTotals => ({
  entered: 0,
  reworked: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  breached: 0,
  sumMs: 0,
  durations: new Histogram(),
})

export function addTotals(into: WindowTotals, from: WindowTotals): void {
  into.entered += from.entered
  into.reworked += from.reworked
  into.exited += from.exited
  into.abandoned += from.abandoned
  into.expired += from.expired
  into.breached += from.breached
  into.sumMs += from.sumMs
  from.durations.addTo(into.durations)
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
  readonly totals: WindowTotals = newTotals()
  #extremes: Extremes | undefined
  /** Before the first evaluation the window is empty. */
  range: PaneRange = { first: 0, last: -1 }

  constructor(windowMs: number, paneMs: number) {
    this.windowMs = windowMs
    this.#paneMs = paneMs
  }

  /**
   * Shortest and longest duration in the window; undefined where none completed.
   *
   * Extremes do not subtract: they are kept while panes come in, and looked for again once one that held an extreme has left.
   */
  extremes(panes: ReadonlyMap<number, Pane>): Extremes {
    if (this.#extremes !== undefined) return this.#extremes
    let found: Extremes = { minMs: undefined, maxMs: undefined }
    forEachIn(panes, this.range, pane => {
      found = widen(found, pane)
    })
    this.#extremes = found
    return found
  }

  /** A pane inside has changed by one duration. */
  changed(durationMs: number, sign: 1 | -1): void {
    const known = this.#extremes
    if (known === undefined) return
    if (sign === 1) this.#extremes = widen(known, { minMs: durationMs, maxMs: durationMs })
    else if (durationMs === known.minMs || durationMs === known.maxMs) this.#extremes = undefined
  }

  covers(pane: number): boolean {
    return pane >= this.range.first && pane <= this.range.last
  }

  /**
   * Moves to an instant, forward or (for a question about the past) backward.
   *
   * @param panes of the series, by index.
   */
  moveTo(at: number, panes: ReadonlyMap<number, Pane>): void {
    const next = windowPanes(at, this.windowMs, this.#paneMs)
    const { first, last } = this.range
    if (next.first === first && next.last === last) return
    this.range = next
    this.#addAll(panes, first, Math.min(last, next.first - 1), -1)
    this.#addAll(panes, Math.max(first, next.last + 1), last, -1)
    this.#addAll(panes, next.first, Math.min(next.last, first - 1), 1)
    this.#addAll(panes, Math.max(next.first, last + 1), next.last, 1)
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
    totals.sumMs += sign * pane.sumMs
    for (const [bucket, count] of pane.buckets) totals.durations.add(bucket, sign * count)
    const known = this.#extremes
    if (known === undefined || pane.minMs === undefined) return
    if (sign === 1) this.#extremes = widen(known, pane)
    else if (pane.minMs === known.minMs || pane.maxMs === known.maxMs) this.#extremes = undefined
  }

  #addAll(panes: ReadonlyMap<number, Pane>, first: number, last: number, sign: 1 | -1): void {
    if (last < first) return
    forEachIn(panes, { first, last }, pane => this.addPane(pane, sign))
  }
}

export type Extremes = Pick<Pane, 'minMs' | 'maxMs'>

function widen(known: Extremes, { minMs, maxMs }: Extremes): Extremes {
  if (minMs === undefined || maxMs === undefined) return known
  if (known.minMs === undefined || known.maxMs === undefined) return { minMs, maxMs }
  if (minMs >= known.minMs && maxMs <= known.maxMs) return known
  return { minMs: Math.min(minMs, known.minMs), maxMs: Math.max(maxMs, known.maxMs) }
}

function forEachIn(panes: ReadonlyMap<number, Pane>, { first, last }: PaneRange, call: (pane: Pane) => void): void {
  // After a long gap there are fewer panes than indices to try.
  if (last - first > panes.size) {
    for (const [index, pane] of panes) if (index >= first && index <= last) call(pane)
    return
  }
  for (let index = first; index <= last; index++) {
    const pane = panes.get(index)
    if (pane !== undefined) call(pane)
  }
}
