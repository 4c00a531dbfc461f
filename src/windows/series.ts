import type { BusinessCalendar } from '../model/business-calendar.ts'
import type { ByteReader } from './bytes.ts'
import { ComparedTally, comparedTally } from './compared-tally.ts'
import type { Comparison } from './comparison.ts'
import type { DurationLog } from './duration-log.ts'
import type { LivePanes, LiveSlice } from './live-panes.ts'
import { OpenVisits } from './open-visits.ts'
import type { Pane } from './pane.ts'
import { paneCodec } from './pane-bytes.ts'
import type { PaneRecords } from './pane-records.ts'
import { SettledPanes, type ValueRange } from './settled-panes.ts'
import { type Extremes, type PaneSource, SlidingWindow } from './sliding-window.ts'

export type SeriesOptions = {
  readonly slot: number
  /** Completed visits that take longer are breaches; undefined: none are. */
  readonly targetMs: number | undefined
  readonly paneMs: number
  readonly windowsMs: readonly number[]
  readonly comparisons: readonly Comparison[]
  /** Of the stage; undefined: its own time is the wall clock. */
  readonly calendar: BusinessCalendar | undefined
  /** Of the stage: panes that have not settled. */
  readonly live: LivePanes
  /** Of the stage: into which panes are read. */
  readonly pane: Pane
  /** Whether somebody takes what changed. */
  readonly isPublished: boolean
}

/**
 * All that is counted of one stage and one segment (or the total): panes, open visits, and the running totals of the
 * windows that someone asks for.
 *
 * Durations are in the stage's own time: business time where it has a calendar, else the wall clock. So are the target,
 * the windows' sums, histograms and extremes, and what the life table reads.
 */
export class Series implements PaneSource {
  /** Names the segment within the stage. */
  readonly slot: number
  readonly targetMs: number | undefined
  readonly calendar: BusinessCalendar | undefined
  readonly #live: LivePanes
  readonly #records: PaneRecords
  readonly #pane: Pane
  readonly #windows: readonly SlidingWindow[]
  readonly #tallies: readonly ComparedTally[]
  readonly open: OpenVisits
  readonly settled = new SettledPanes(paneCodec)
  /** Rises with every change, so that a reader knows what to look at again. */
  changes = 0
  /** Settled panes up to this one have not been taken since the series was restored. */
  #unsavedUntil = -Infinity
  /** Whether the stage will look whether the series is empty. */
  isToBeChecked = false
  /** The youngest pane in any window: a change of a younger one changes no totals. */
  #coveredUntil = -Infinity
  /** Panes that have not settled. */
  #livePanes = 0
  #recentSlice: LiveSlice | undefined
  #recentRecord = -1

  constructor({ slot, targetMs, paneMs, windowsMs, comparisons, calendar, live, pane, isPublished }: SeriesOptions) {
    this.open = new OpenVisits(isPublished)
    this.slot = slot
    this.targetMs = targetMs
    this.calendar = calendar
    this.#live = live
    this.#records = live.records
    this.#pane = pane
    this.#windows = windowsMs.map(windowMs => new SlidingWindow(windowMs, paneMs))
    this.#tallies = comparisons.map(comparison => new ComparedTally(comparison, paneMs))
  }

  /** Nothing is kept of it: its segment may give its slot away. */
  get isEmpty(): boolean {
    return this.open.total === 0 && this.#livePanes === 0 && this.settled.count === 0
  }

  /** The window of that length, moved to an instant. It must be one of those the series was made for. */
  windowAt(windowMs: number, at: number): SlidingWindow {
    const window = this.#windows.find(one => one.windowMs === windowMs)
    if (window === undefined) throw new Error(`no window of ${windowMs} ms is kept`)
    window.moveTo(at, this)
    this.#noteCovered()
    return window
  }

  /** Both sides of a comparison at an instant; it must be one of those the series was made for. */
  comparedAt(comparison: Comparison, at: number): Pick<ComparedTally, 'now' | 'before'> {
    const tally = comparedTally(this.#tallies, comparison)
    tally.moveTo(at, this)
    this.#noteCovered()
    return tally
  }

  /** Shortest and longest duration completed in that window. */
  extremesAt(windowMs: number, at: number): Extremes {
    return this.windowAt(windowMs, at).extremes(this)
  }

  /**
   * Calls for the panes of a range that hold anything, oldest first.
   *
   * @param call must read no other pane of the stage: what it is given is filled again for the next one.
   */
  forEachPane(first: number, last: number, call: (pane: Pane) => void): void {
    this.settled.forEach(first, last, this.#pane, call)
    this.#live.forEach(this.slot, first, last, this.#pane, call)
  }

  widen(first: number, last: number, range: ValueRange): void {
    this.settled.widen(first, last, this.#pane, range)
    this.#live.widen(this.slot, first, last, range)
  }

  enter(slice: LiveSlice, rework: -1 | 0 | 1, sign: 1 | -1): void {
    this.#records.enter(this.#recordIn(slice), rework, sign)
    if (slice.index > this.#coveredUntil) return
    for (const window of this.#windows) if (window.covers(slice.index)) window.enter(rework, sign)
    for (const tally of this.#tallies) tally.enter(slice.index, rework, sign)
  }

  /** A visit was completed; the log of the slice has been told before. */
  complete(slice: LiveSlice, ms: number, bucket: number, breach: -1 | 0 | 1, sign: 1 | -1): void {
    this.#records.complete(this.#recordIn(slice), ms, bucket, breach, sign, slice.durations)
    if (slice.index > this.#coveredUntil) return
    for (const window of this.#windows) if (window.covers(slice.index)) window.complete(ms, bucket, breach, sign)
    for (const tally of this.#tallies) tally.complete(slice.index, ms, sign)
  }

  /** How long that visit took by the wall clock, of a stage with a calendar; no window adds these up. */
  completeByWall(slice: LiveSlice, log: DurationLog, ms: number, bucket: number, sign: 1 | -1): void {
    this.#records.completeByWall(this.#recordIn(slice), ms, bucket, sign, log)
  }

  giveUp(slice: LiveSlice, how: 'abandoned' | 'expired', sign: 1 | -1): void {
    this.#records.giveUp(this.#recordIn(slice), how, sign)
    if (slice.index > this.#coveredUntil) return
    for (const window of this.#windows) if (window.covers(slice.index)) window.giveUp(how, sign)
  }

  /** Counts the age of a visit that left without being completed; windows do not add these up. */
  addUnfinished(slice: LiveSlice, bucket: number, sign: 1 | -1): void {
    this.#records.addUnfinished(this.#recordIn(slice), bucket, sign)
  }

  /** Counts a completed visit for the life table here and not (or with −1 elsewhere and not here). */
  addReassigned(slice: LiveSlice, bucket: number, sign: 1 | -1): void {
    this.#records.addReassigned(this.#recordIn(slice), bucket, sign)
  }

  /** Takes over a pane that settles. */
  settle(pane: Pane): void {
    this.settled.append(pane)
    this.#livePanes--
  }

  /** Lets go of panes up to `last`; those that nobody has taken since they were restored are handed over first. */
  dropUntil(last: number, unsaved: (pane: Pane) => void): void {
    while (this.settled.oldest <= last) {
      const index = this.settled.oldest
      const isUnsaved = index <= this.#unsavedUntil
      const isCovered = [...this.#windows, ...this.#tallies].some(one => one.covers(index))
      this.settled.dropOldest(isUnsaved || isCovered ? this.#pane : undefined)
      if (isCovered) for (const window of this.#windows) if (window.covers(index)) window.addPane(this.#pane, -1)
      if (isCovered) for (const tally of this.#tallies) tally.addPane(this.#pane, -1)
      if (isUnsaved) unsaved(this.#pane)
    }
  }

  /** One of its panes has been restored among those that have not settled. */
  countLivePane(): void {
    this.#livePanes++
  }

  /** Takes over settled panes; all of them count as changed. */
  restoreSettled(from: ByteReader): void {
    this.settled.restore(from, this.#pane)
    this.#unsavedUntil = this.settled.newest
  }

  /** Calls for the settled panes that were restored and have not been taken since. */
  takeRestored(call: (pane: Pane) => void): void {
    if (this.#unsavedUntil === -Infinity) return
    this.settled.forEach(-Infinity, this.#unsavedUntil, this.#pane, call)
    this.#unsavedUntil = -Infinity
  }

  #noteCovered(): void {
    let last = -Infinity
    for (const window of this.#windows) last = Math.max(last, window.last)
    for (const tally of this.#tallies) last = Math.max(last, tally.last)
    this.#coveredUntil = last
  }

  #recordIn(slice: LiveSlice): number {
    if (slice === this.#recentSlice) return this.#recentRecord
    let record = this.#live.find(slice, this.slot)
    if (record < 0) {
      record = this.#live.add(slice, this.slot)
      this.#livePanes++
    }
    this.#recentSlice = slice
    this.#recentRecord = record
    return record
  }
}
