import { OTHER_SLOT } from '../cases/segment-table.ts'
import type { Leaving, VisitSink } from '../cases/visit.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import { type Comparison, panesReached } from './comparison.ts'
import type { DurationLog } from './duration-log.ts'
import { bucketOf } from './histogram.ts'
import { LivePanes, type LivePanesState, type LiveSlice } from './live-panes.ts'
import { Pane } from './pane.ts'
import { Series } from './series.ts'
import { SeriesBySlot } from './series-by-slot.ts'
import { coarseness, paneIndexOf } from './span.ts'
import type { TargetOf } from './targets.ts'
import type { CoarsePane, VisitHistory, VisitHistoryState } from './visit-history.ts'
import { restoreSeries, type SeriesStates, seriesStates } from './windows-state.ts'

/** Tells of one pane: of the total where `segment` is undefined. The pane means something only until the call returns. */
export type PaneVisitor = (segment: SegmentKey | undefined, index: number, pane: Pane) => void

/** Takes what changed in a stage as it is now, wherever its replica is. A segment is undefined: the total. */
export type StageSink = {
  readonly pane: PaneVisitor
  /** @param counts of the page's panes. */
  readonly open: (segment: SegmentKey | undefined, page: number, counts: readonly number[]) => void
  readonly history: (coarse: CoarsePane) => void
  /** Nothing is kept of the segment any more. What is told of it later is of a new one. */
  readonly gone: (segment: SegmentKey) => void
}

export type StageWindowsOptions = {
  readonly paneMs: number
  /** The lengths of all windows that rules, metrics and the page ask for. */
  readonly windowsMs: readonly number[]
  /** What windows are compared with. Default: nothing. */
  readonly comparisons?: readonly Comparison[]
  /** How far back panes are read beyond these windows; see `reachMsOf`. Default: no further. */
  readonly reachMs?: number
  readonly targetOf: TargetOf
  /** Of the stage: durations, and what they are compared with, are business time. undefined: the wall clock. */
  readonly calendar: BusinessCalendar | undefined
  /** The target of visits with these labels, for those that are counted with others under `__other__`. */
  readonly targetOfOther: (labels: number) => number | undefined
  /** The segment that a slot names for as long as it is in use. */
  readonly keyOf: (slot: number) => SegmentKey
  /** Takes over what settles, for life tables that reach back for weeks; undefined: nobody asks for one. */
  readonly history?: VisitHistory | undefined
  /** Takes what changed, with `publish` and, where it would be gone by then, before; undefined: nobody does. */
  readonly sink?: StageSink | undefined
}

/*
 * Signed changes of visits in, panes and open visits out, for one stage of one shard.
 *
 * Every change goes to the total and to one segment, and touches one pane of each: what an event costs does not depend
 * on how long the windows are, and no event makes an object. A pane that has settled is left alone, so history does not
 * move under a reader; open visits are counted beside the panes and always follow.
 *
 *     enter, leave ──▶ live panes (typed arrays) ──settle──▶ settled panes (bytes) ──drop──▶ gone
 *     appear, move ──▶ open visits
 *
 * How long a visit took is counted in the stage's own time: business time where it has a calendar. Then the wall clock is
 * counted beside it, per pane only, for the rows that show both.
 *
 * A segment is named by a *slot*, a small whole number that is its own until `advance` says that it is released.
 */
export class StageWindows implements VisitSink {
  readonly #paneMs: number
  readonly #targetOfOther: (labels: number) => number | undefined
  readonly #calendar: BusinessCalendar | undefined
  readonly #live: LivePanes
  readonly #pane: Pane
  readonly #series: SeriesBySlot<Pane, Series>
  readonly total: Series
  readonly segments: ReadonlyMap<SegmentKey, Series>
  readonly history: VisitHistory | undefined
  /** Panes before the horizon that the longest window may still reach, its coarse old end included. */
  readonly #panesKept: number
  /** How far back life tables reach in the stage's own time, in ms; 0: none is asked for. */
  readonly #businessReachMs: number
  readonly #sink: StageSink | undefined
  /** All settled panes are to be published. */
  #areSettledUnpublished = false
  /** Panes up to this one have settled, and up to that one have been let go of. */
  #settledUntil = -Infinity
  #droppedUntil = -Infinity
  /** The slice of the latest change, and its span. */
  #slice: LiveSlice | undefined
  #sliceStart = Infinity
  #sliceEnd = -Infinity

  constructor(options: StageWindowsOptions) {
    const { paneMs, windowsMs, reachMs = 0, calendar, targetOf, targetOfOther, keyOf, history, sink } = options
    const { comparisons = [] } = options
    this.#paneMs = paneMs
    this.history = history
    this.#calendar = calendar
    this.#sink = sink
    const isPublished = sink !== undefined
    const live = new LivePanes(calendar !== undefined, isPublished)
    const pane = new Pane(calendar !== undefined)
    const shared = { paneMs, windowsMs, comparisons, calendar, live, pane, isPublished }
    this.#live = live
    this.#pane = pane
    this.#targetOfOther = targetOfOther
    this.#series = new SeriesBySlot<Pane, Series>({
      newSeries: (slot, key) => new Series({ ...shared, slot, targetMs: targetOf(key) }),
      keyOf,
    })
    this.total = this.#series.total
    this.segments = this.#series.segments
    const kept = [...windowsMs, reachMs].map(windowMs => Math.ceil(windowMs / paneMs) + coarseness(windowMs, paneMs))
    this.#panesKept = Math.max(0, ...kept, ...comparisons.map(one => panesReached(one, paneMs)))
    this.#businessReachMs = reachMs === 0 ? 0 : Math.max(reachMs, ...windowsMs)
  }

  /** The newest pane that has settled; −Infinity: none has. */
  get settledUntil(): number {
    return this.#settledUntil
  }

  /** The oldest pane of which everything that happened in it is kept; −Infinity: nothing has been let go of. */
  get keptSince(): number {
    return this.#droppedUntil + 1
  }

  /** The segment of a slot of which something is kept; undefined: the total. */
  segmentAt(slot: number): SegmentKey | undefined {
    return this.#series.keyOf(this.#series.known(slot))
  }

  /** Rises whenever a segment came or went. */
  get segmentsVersion(): number {
    return this.#series.version
  }

  /** Whether anything is kept of the segment that this slot names. */
  isInUse(slot: number): boolean {
    return this.#series.isInUse(slot)
  }

  /**
   * A visit entered the stage, or with −1 did not after all.
   *
   * @param slot of its segment at entry; −1 where the stage has none.
   * @param isRework k ≥ 2.
   */
  enter(slot: number, at: number, isRework: boolean, sign: 1 | -1): void {
    const rework = isRework ? sign : 0
    const slice = this.#sliceAt(at)
    const { total } = this
    total.changes++
    if (slice !== undefined) total.enter(slice, rework, sign)
    if (slot < 0) return
    const series = this.#series.of(slot)
    series.changes++
    if (slice !== undefined) series.enter(slice, rework, sign)
  }

  /** An open visit is in a segment, or with −1 no longer is. */
  appear(slot: number, start: number, sign: 1 | -1): void {
    const pane = paneIndexOf(start, this.#paneMs)
    this.total.changes++
    this.total.open.add(pane, sign)
    if (slot >= 0) this.#addOpen(slot, pane, sign)
  }

  /** An open visit is in another segment now. */
  move(fromSlot: number, toSlot: number, start: number): void {
    if (fromSlot === toSlot) return
    const pane = paneIndexOf(start, this.#paneMs)
    // The total's open visits stay, but where targets differ by segment their being overdue may not.
    this.total.changes++
    this.#addOpen(fromSlot, pane, -1)
    this.#addOpen(toSlot, pane, 1)
  }

  /**
   * A visit left the stage, or with −1 did not after all. That it is no longer open is told by `appear`.
   *
   * @param slot of its segment at leaving.
   * @param slotBefore of its segment while it was open, just before the event that closed it.
   * @param labels tuple of the visit's labels at leaving.
   * @param due when the visit was due, where its events named it; NaN: what its target says counts.
   */
  leave(
    slot: number,
    slotBefore: number,
    start: number,
    end: number,
    how: Leaving,
    sign: 1 | -1,
    labels: number,
    due = Number.NaN,
  ): void {
    const slice = this.#sliceAt(end)
    const { total } = this
    const series = slot < 0 ? undefined : this.#series.of(slot)
    total.changes++
    if (series !== undefined) series.changes++
    const before = slotBefore === slot ? series : this.#series.of(slotBefore)
    if (slice === undefined) return
    const ms = this.#calendar === undefined ? end - start : this.#calendar.businessMs(start, end)
    const bucket = bucketOf(ms)
    if (how !== 'completed') {
      total.giveUp(slice, how, sign)
      total.addUnfinished(slice, bucket, sign)
      series?.giveUp(slice, how, sign)
      before?.addUnfinished(slice, bucket, sign)
      return
    }
    const isLate = Number.isNaN(due) ? this.#isOverTarget(ms, slot, series ?? total, labels) : end > due
    const breach = isLate ? sign : 0
    slice.durations.add(slot, ms, sign)
    total.complete(slice, ms, bucket, breach, sign)
    series?.complete(slice, ms, bucket, breach, sign)
    if (slice.wall !== undefined) this.#completeByWall(slice, slice.wall, slot, series, end - start, sign)
    if (before === series) return
    series?.addReassigned(slice, bucket, sign === 1 ? -1 : 1)
    before?.addReassigned(slice, bucket, sign)
  }

  /**
   * Lets the horizon pass: panes settle, and those that no window reaches any more leave.
   *
   * @param unsaved is told of changed panes that nobody has taken before they settle or leave.
   * @param released is told of slots of which nothing is kept any more.
   * @returns whether panes have been let go of.
   */
  advance(horizon: number, unsaved: PaneVisitor, released: (slot: number) => void): boolean {
    const settled = paneIndexOf(horizon, this.#paneMs) - 1
    if (!(settled > this.#settledUntil)) return false
    this.#settledUntil = settled
    this.#settle(settled, unsaved)
    this.history?.advance(horizon)
    const dropped = Math.min(settled - this.#panesKept, this.#lastUnread(horizon))
    if (!(dropped > this.#droppedUntil)) return false
    this.#droppedUntil = dropped
    this.#series.dropUntil(dropped, (series, pane) => unsaved(this.#series.keyOf(series), pane.index, pane))
    this.#series.release((slot, key) => {
      this.#sink?.gone(key)
      released(slot)
    })
    return true
  }

  /** Panes that changed since the last time: the total's first, then by slot, oldest first. */
  takeDirty(visit: PaneVisitor): void {
    const { records } = this.#live
    this.#series.forEach(series => {
      series.takeRestored(pane => visit(this.#series.keyOf(series), pane.index, pane))
    })
    for (const record of records.takeChanged()) {
      const series = this.#series.known(records.slotOf(record))
      records.read(record, this.#pane)
      visit(this.#series.keyOf(series), this.#pane.index, this.#pane)
    }
  }

  /** Tells the sink of everything that changed since the last time. */
  publish(): void {
    const sink = this.#sink
    if (sink === undefined) return
    const { records } = this.#live
    this.#series.forEach(series => {
      const segment = this.#series.keyOf(series)
      if (this.#areSettledUnpublished)
        series.settled.forEach(-Infinity, Infinity, this.#pane, pane => sink.pane(segment, pane.index, pane))
      for (const page of series.open.takeChangedPages()) sink.open(segment, page, series.open.countsOfPage(page))
    })
    this.#areSettledUnpublished = false
    for (const record of records.takeUnpublished()) {
      records.read(record, this.#pane)
      sink.pane(this.#series.keyOf(this.#series.known(records.slotOf(record))), this.#pane.index, this.#pane)
    }
    for (const coarse of this.history?.takeChanged() ?? []) sink.history(coarse)
  }

  snapshot(): StageWindowsState {
    const all = [...this.segments]
    return {
      segments: all.map(([key]) => key),
      slots: Int32Array.from(all, ([, { slot }]) => slot),
      series: seriesStates([this.total, ...this.segments.values()]),
      live: this.#live.snapshot(),
      settledUntil: this.#settledUntil,
      droppedUntil: this.#droppedUntil,
      history: this.history?.snapshot(),
    }
  }

  /** Takes over a snapshot's state; nothing may have been counted yet. All panes count as changed. */
  restore(state: StageWindowsState): void {
    this.#settledUntil = state.settledUntil
    this.#droppedUntil = state.droppedUntil
    const all = [this.total, ...Array.from(state.slots, slot => this.#series.of(slot))]
    restoreSeries(state.series, all)
    this.#live.restore(state.live, record => this.#series.known(this.#live.records.slotOf(record)).countLivePane())
    for (const series of all) this.#series.noteSettled(series)
    this.#areSettledUnpublished = this.#sink !== undefined
    this.#restoreHistory(state, all)
    this.history?.markAll()
  }

  #restoreHistory(state: StageWindowsState, all: readonly Series[]): void {
    if (this.history === undefined || this.history.restore(state.history)) return
    // It has not been kept until now: what the panes still hold is where it begins.
    this.history.beginAt(this.#droppedUntil + 1)
    for (const series of all) {
      const key = this.#series.keyOf(series)
      series.forEachPane(-Infinity, this.#settledUntil, pane => this.history?.add(key, pane))
    }
  }

  #isOverTarget(ms: number, slot: number, { targetMs }: Series, labels: number): boolean {
    const target = slot === OTHER_SLOT ? this.#targetOfOther(labels) : targetMs
    return target !== undefined && ms > target
  }

  /** The newest pane that no life table reads any more: W of business time may be a week by the wall clock. */
  #lastUnread(horizon: number): number {
    if (this.#calendar === undefined || this.#businessReachMs === 0) return Infinity
    const reachMs = this.#businessReachMs
    const whole = paneIndexOf(horizon, this.#paneMs) * this.#paneMs
    const oldest = this.#calendar.addBusinessMs(whole, -reachMs)
    if (oldest === undefined) return Infinity
    return paneIndexOf(oldest, this.#paneMs) - coarseness(reachMs, this.#paneMs) - 1
  }

  #completeByWall(
    slice: LiveSlice,
    log: DurationLog,
    slot: number,
    series: Series | undefined,
    ms: number,
    sign: 1 | -1,
  ): void {
    const bucket = bucketOf(ms)
    log.add(slot, ms, sign)
    this.total.completeByWall(slice, log, ms, bucket, sign)
    series?.completeByWall(slice, log, ms, bucket, sign)
  }

  #addOpen(slot: number, pane: number, sign: 1 | -1): void {
    const series = this.#series.of(slot)
    series.changes++
    series.open.add(pane, sign)
    if (series.open.total === 0) this.#series.checkLater(series)
  }

  /** The slice that holds an instant; undefined: it has settled. */
  #sliceAt(at: number): LiveSlice | undefined {
    if (at >= this.#sliceStart && at < this.#sliceEnd) return this.#slice
    const index = paneIndexOf(at, this.#paneMs)
    if (index <= this.#settledUntil) return undefined
    this.#slice = this.#live.slice(index)
    this.#sliceStart = index * this.#paneMs
    this.#sliceEnd = this.#sliceStart + this.#paneMs
    return this.#slice
  }

  #settle(settled: number, unsaved: PaneVisitor): void {
    const live = this.#live
    const { records } = live
    for (let slice = live.oldest; slice !== undefined && slice.index <= settled; slice = live.oldest) {
      if (slice === this.#slice) this.#sliceEnd = -Infinity
      live.forEachOf(slice, record => {
        const series = this.#series.known(records.slotOf(record))
        records.read(record, this.#pane)
        series.settle(this.#pane)
        this.history?.add(this.#series.keyOf(series), this.#pane)
        if (series.settled.count === 1) this.#series.noteSettled(series)
        if (records.isChanged(record)) unsaved(this.#series.keyOf(series), this.#pane.index, this.#pane)
        if (records.isUnpublished(record)) this.#sink?.pane(this.#series.keyOf(series), this.#pane.index, this.#pane)
      })
      live.dropOldest()
    }
  }
}

/** A stage's windows as plain data. */
export type StageWindowsState = {
  readonly segments: readonly SegmentKey[]
  /** Of each of `segments`. */
  readonly slots: Int32Array
  /** Of the total, then of each of `segments`. */
  readonly series: SeriesStates
  readonly live: LivePanesState
  readonly settledUntil: number
  readonly droppedUntil: number
  /** Where one is kept. */
  readonly history: VisitHistoryState | undefined
}
