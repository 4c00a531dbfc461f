import { type ComparedPanes, type Comparison, comparedPanes, isSameComparison } from './comparison.ts'
import type { Pane } from './pane.ts'
import type { PaneSource } from './sliding-window.ts'
import { forEachMoved, lastPaneBefore, paneIndexOf } from './span.ts'

/** What visits of a segment did within a stretch of time. */
export type VisitTally = {
  entered: number
  /** Of these, visits with k ≥ 2. */
  reworked: number
  exited: number
  /** Of the durations of those that exited, in the stage's own time. */
  sumMs: number
}

export const newTally = (): VisitTally => ({ entered: 0, reworked: 0, exited: 0, sumMs: 0 })

export function addTally(into: VisitTally, from: Readonly<VisitTally>): void {
  into.entered += from.entered
  into.reworked += from.reworked
  into.exited += from.exited
  into.sumMs += from.sumMs
}

/**
 * The running tallies of both sides of a comparison, over the panes of one stage and segment: as a `SlidingWindow`, but
 * without what nobody compares.
 */
export class ComparedTally {
  readonly comparison: Comparison
  readonly #paneMs: number
  readonly now = newTally()
  readonly before = newTally()
  #panes: ComparedPanes = { now: NOTHING, before: NOTHING }
  /** That held the instant of the last comparison; NaN: there was none. */
  #pane = Number.NaN

  constructor(comparison: Comparison, paneMs: number) {
    this.comparison = comparison
    this.#paneMs = paneMs
  }

  /** The youngest pane inside. */
  get last(): number {
    return this.#panes.now.last
  }

  covers(pane: number): boolean {
    return this.#tallyOf(pane) !== undefined
  }

  /** A pane has changed by one entry. */
  enter(pane: number, rework: -1 | 0 | 1, sign: 1 | -1): void {
    const tally = this.#tallyOf(pane)
    if (tally === undefined) return
    tally.entered += sign
    tally.reworked += rework
  }

  /** A pane has changed by one duration. */
  complete(pane: number, ms: number, sign: 1 | -1): void {
    const tally = this.#tallyOf(pane)
    if (tally === undefined) return
    tally.exited += sign
    tally.sumMs += sign * ms
  }

  /** Adds or subtracts all of a pane, on whichever side it is. */
  addPane(pane: Pane, sign: 1 | -1): void {
    const tally = this.#tallyOf(pane.index)
    if (tally !== undefined) addPane(tally, pane, sign)
  }

  /** Moves to an instant, forward or backward. @param panes of the series. */
  moveTo(at: number, panes: PaneSource): void {
    const pane = paneIndexOf(at, this.#paneMs)
    const from = this.#panes
    // The boundary at which a pane is complete has the same youngest pane as what lies before it, but other first ones.
    if (pane === this.#pane && lastPaneBefore(at, this.#paneMs) === from.now.last) return
    this.#pane = pane
    const to = comparedPanes(at, this.comparison, this.#paneMs)
    this.#panes = to
    for (const side of ['now', 'before'] as const) {
      const tally = this[side]
      forEachMoved(from[side], to[side], (first, last, sign) =>
        panes.forEachPane(first, last, pane => addPane(tally, pane, sign)),
      )
    }
  }

  #tallyOf(pane: number): VisitTally | undefined {
    const { now, before } = this.#panes
    if (pane >= now.first) return pane <= now.last ? this.now : undefined
    return pane >= before.first && pane <= before.last ? this.before : undefined
  }
}

/** @param tallies of a series. */
export function comparedTally(tallies: readonly ComparedTally[], comparison: Comparison): ComparedTally {
  const found = tallies.find(tally => isSameComparison(tally.comparison, comparison))
  if (found === undefined) throw new Error(`no comparison over ${comparison.windowMs} ms is kept`)
  return found
}

/** Before the first comparison both sides are empty. */
const NOTHING = { first: 0, last: -1 }

function addPane(tally: VisitTally, pane: Pane, sign: 1 | -1): void {
  tally.entered += sign * pane.entered
  tally.reworked += sign * pane.reworked
  if (pane.exited === 0) return
  tally.exited += sign * pane.exited
  tally.sumMs += sign * pane.sumMs
}
