import type { Visit, VisitChange } from '../cases/visit.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { Pane } from './pane.ts'
import { Series, type SeriesState } from './series.ts'
import { coarseness, paneIndexOf } from './span.ts'
import type { TargetOf } from './targets.ts'

/** Tells of one pane: of the total where `segment` is undefined. */
export type PaneVisitor = (segment: SegmentKey | undefined, index: number, pane: Pane) => void

export type StageWindowsOptions = {
  readonly paneMs: number
  /** The lengths of all windows that rules, metrics and the page ask for. */
  readonly windowsMs: readonly number[]
  /** The stage cuts visits into segments; false: there is only the total. */
  readonly isSegmented: boolean
  readonly targetOf: TargetOf
}

/*
 * Signed changes of visits in, panes and open visits out, for one stage of one shard.
 *
 * Every change goes to the total and to one segment, and touches one pane of each: what an event costs does not depend
 * on how long the windows are. A pane that has settled is left alone, so history does not move under a reader; open
 * visits are counted beside the panes and always follow.
 */
export class StageWindows {
  readonly #options: StageWindowsOptions
  readonly total: Series
  readonly segments = new Map<SegmentKey, Series>()
  /** Panes up to this one have settled, and up to that one have been let go of. */
  #settledUntil = -Infinity
  #droppedUntil = -Infinity

  constructor(options: StageWindowsOptions) {
    this.#options = options
    this.total = this.#newSeries()
  }

  apply({ sign, visit }: VisitChange): void {
    this.#enter(this.total, sign, visit)
    this.#bePresent(this.total, sign, visit)
    if (!this.#options.isSegmented) return
    this.#enter(this.#seriesOf(visit.entrySegment), sign, visit)
    this.#bePresent(this.#seriesOf(visit.segment), sign, visit)
  }

  /** Lets the horizon pass: panes settle, and those that no window reaches any more leave. */
  advance(horizon: number, unsaved: PaneVisitor): boolean {
    const { paneMs } = this.#options
    const settled = paneIndexOf(horizon, paneMs) - 1
    if (!(settled > this.#settledUntil)) return false
    this.#settledUntil = settled
    this.#forEachSeries(series => series.settleUntil(settled))
    const dropped = settled - this.#panesKept()
    if (!(dropped > this.#droppedUntil)) return false
    this.#droppedUntil = dropped
    this.#forEachSeries((series, segment) => {
      series.dropUntil(dropped, (index, pane) => unsaved(segment, index, pane))
      if (segment !== undefined && series.isEmpty) this.segments.delete(segment)
    })
    return true
  }

  /** Panes that changed since the last time. */
  takeDirty(visit: PaneVisitor): void {
    this.#forEachSeries((series, segment) => {
      for (const [index, pane] of series.takeDirty()) visit(segment, index, pane)
    })
  }

  snapshot(): StageWindowsState {
    return {
      total: this.total.snapshot(),
      segments: [...this.segments].map(([key, series]) => [key, series.snapshot()] as const),
      settledUntil: this.#settledUntil,
      droppedUntil: this.#droppedUntil,
    }
  }

  restore(state: StageWindowsState): void {
    this.total.restore(state.total)
    for (const [key, series] of state.segments) this.#seriesOf(key).restore(series)
    this.#settledUntil = state.settledUntil
    this.#droppedUntil = state.droppedUntil
  }

  #enter(series: Series, sign: 1 | -1, visit: Visit): void {
    series.changes++
    if (!this.#isSettled(visit.start)) series.enter(visit.start, visit.visit > 1, sign)
  }

  #bePresent(series: Series, sign: 1 | -1, visit: Visit): void {
    series.changes++
    if (visit.outcome === 'open') {
      series.open.add(paneIndexOf(visit.start, this.#options.paneMs), sign)
      return
    }
    if (this.#isSettled(visit.end)) return
    const durationMs = visit.end - visit.start
    const targetMs = this.#options.targetOf(visit.segment)
    const isBreach = visit.outcome === 'completed' && targetMs !== undefined && durationMs > targetMs
    series.leave(visit.end, visit.outcome, durationMs, isBreach, sign)
  }

  #isSettled(at: number): boolean {
    return paneIndexOf(at, this.#options.paneMs) <= this.#settledUntil
  }

  /** Panes before the horizon that the longest window may still reach, its coarse old end included. */
  #panesKept(): number {
    const { paneMs, windowsMs } = this.#options
    return Math.max(0, ...windowsMs.map(windowMs => Math.ceil(windowMs / paneMs) + coarseness(windowMs, paneMs)))
  }

  #seriesOf(segment: SegmentKey): Series {
    let series = this.segments.get(segment)
    if (series === undefined) {
      series = this.#newSeries()
      this.segments.set(segment, series)
    }
    return series
  }

  #newSeries(): Series {
    return new Series(this.#options.paneMs, this.#options.windowsMs)
  }

  #forEachSeries(call: (series: Series, segment: SegmentKey | undefined) => void): void {
    call(this.total, undefined)
    for (const [segment, series] of this.segments) call(series, segment)
  }
}

export type StageWindowsState = {
  readonly total: SeriesState
  readonly segments: readonly (readonly [SegmentKey, SeriesState])[]
  readonly settledUntil: number
  readonly droppedUntil: number
}
