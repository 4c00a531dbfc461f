import { bucketOf } from './histogram.ts'
import { OpenVisits } from './open-visits.ts'
import { addDuration, newPane, type Pane, settle } from './pane.ts'
import { type Extremes, SlidingWindow } from './sliding-window.ts'
import { paneIndexOf } from './span.ts'

/** How a visit left its stage. */
export type Leaving = 'completed' | 'abandoned' | 'expired'

/**
 * All that is counted of one stage and one segment (or the total): panes, open visits, and the running totals of the
 * windows that someone asks for.
 */
export class Series {
  readonly #paneMs: number
  readonly #panes = new Map<number, Pane>()
  readonly #windows: readonly SlidingWindow[]
  readonly #dirty = new Set<number>()
  readonly #unsettled = new Set<number>()
  readonly open = new OpenVisits()
  /** Rises with every change, so that a reader knows what to look at again. */
  changes = 0

  constructor(paneMs: number, windowsMs: readonly number[]) {
    this.#paneMs = paneMs
    this.#windows = windowsMs.map(windowMs => new SlidingWindow(windowMs, paneMs))
  }

  /** Nothing is kept of it: its segment may give its slot away. */
  get isEmpty(): boolean {
    return this.open.total === 0 && this.#panes.size === 0
  }

  enter(at: number, isRework: boolean, sign: 1 | -1): void {
    const index = paneIndexOf(at, this.#paneMs)
    const pane = this.#touch(index)
    const rework = isRework ? sign : 0
    pane.entered += sign
    pane.reworked += rework
    for (const window of this.#windows) {
      if (!window.covers(index)) continue
      window.totals.entered += sign
      window.totals.reworked += rework
    }
  }

  /** @param durationMs of a completed visit, whole ms; read for `completed` only. */
  leave(at: number, how: Leaving, durationMs: number, isBreach: boolean, sign: 1 | -1): void {
    const index = paneIndexOf(at, this.#paneMs)
    const pane = this.#touch(index)
    const counter = how === 'completed' ? 'exited' : how
    pane[counter] += sign
    const breach = isBreach ? sign : 0
    pane.breached += breach
    if (how === 'completed') addDuration(pane, durationMs, sign)
    for (const window of this.#windows) {
      if (!window.covers(index)) continue
      const { totals } = window
      totals[counter] += sign
      totals.breached += breach
      if (how !== 'completed') continue
      totals.sumMs += sign * durationMs
      totals.durations.add(bucketOf(durationMs), sign)
      window.changed(durationMs, sign)
    }
  }

  /** The window of that length, moved to an instant. It must be one of those the series was made for. */
  windowAt(windowMs: number, at: number): SlidingWindow {
    const window = this.#windows.find(one => one.windowMs === windowMs)
    if (window === undefined) throw new Error(`no window of ${windowMs} ms is kept`)
    window.moveTo(at, this.#panes)
    return window
  }

  /** Shortest and longest duration completed in that window. */
  extremesAt(windowMs: number, at: number): Extremes {
    return this.windowAt(windowMs, at).extremes(this.#panes)
  }

  /** Panes that changed since the last time, oldest first. */
  takeDirty(): [number, Pane][] {
    const dirty = [...this.#dirty].sort((a, b) => a - b)
    this.#dirty.clear()
    return dirty.map(index => [index, this.#panes.get(index) as Pane])
  }

  /** Panes up to `last` stay as they are from now on. */
  settleUntil(last: number): void {
    for (const index of this.#unsettled) {
      if (index > last) continue
      settle(this.#panes.get(index) as Pane)
      this.#unsettled.delete(index)
    }
  }

  /**
   * Lets go of panes up to `last`; those nobody has taken since they changed are handed over first.
   *
   * Panes stand in the order in which they were first touched, which is that of time but for the disorder of events: it
   * stops at the first younger one, so a straggler behind it leaves a little later.
   */
  dropUntil(last: number, unsaved: (index: number, pane: Pane) => void): void {
    for (const [index, pane] of this.#panes) {
      if (index > last) return
      if (this.#dirty.delete(index)) unsaved(index, pane)
      for (const window of this.#windows) if (window.covers(index)) window.addPane(pane, -1)
      this.#panes.delete(index)
    }
  }

  snapshot(): SeriesState {
    return { panes: [...this.#panes], open: this.open.entries() }
  }

  /** Takes over a snapshot's panes; all of them count as changed. */
  restore(state: SeriesState): void {
    for (const [index, pane] of state.panes) {
      this.#panes.set(index, pane)
      this.#dirty.add(index)
      if (!pane.settled) this.#unsettled.add(index)
    }
    for (const [pane, count] of state.open) this.open.set(pane, count)
  }

  #touch(index: number): Pane {
    this.#dirty.add(index)
    let pane = this.#panes.get(index)
    if (pane === undefined) {
      pane = newPane()
      this.#panes.set(index, pane)
      this.#unsettled.add(index)
    }
    return pane
  }
}

export type SeriesState = {
  readonly panes: readonly (readonly [number, Pane])[]
  readonly open: readonly (readonly [number, number])[]
}
