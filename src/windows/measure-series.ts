import type { ByteReader } from './bytes.ts'
import type { DistinctUnion } from './distinct-union.ts'
import { measureCodec } from './measure-bytes.ts'
import type { MeasurePane } from './measure-pane.ts'
import type { MeasureSlice, MeasureSlices } from './measure-slices.ts'
import { type MeasurePaneSource, MeasureWindow } from './measure-window.ts'
import type { SegmentSeries } from './series-by-slot.ts'
import { SettledPanes, type ValueRange } from './settled-panes.ts'

export type MeasureSeriesOptions = {
  readonly slot: number
  readonly paneMs: number
  readonly windowsMs: readonly number[]
  /** Of the measure: panes that have not settled. */
  readonly slices: MeasureSlices
  /** Of the measure: into which panes are read. */
  readonly pane: MeasurePane
}

/** All that is counted of one measure and one segment (or the total): panes, and the windows that someone asks for. */
export class MeasureSeries implements MeasurePaneSource, SegmentSeries<MeasurePane> {
  /** Names the segment within the measure. */
  readonly slot: number
  readonly #slices: MeasureSlices
  readonly #pane: MeasurePane
  readonly #windows: readonly MeasureWindow[]
  readonly settled = new SettledPanes(measureCodec)
  /** Rises with every change, so that a reader knows what to look at again. */
  changes = 0
  isToBeChecked = false
  /** Settled panes up to this one have not been taken since the series was restored. */
  #unsavedUntil = -Infinity
  /** The youngest pane in any window: a change of a younger one changes no totals. */
  #coveredUntil = -Infinity
  /** Panes that have not settled. */
  #livePanes = 0
  #recentSlice: MeasureSlice | undefined
  #recentRecord = -1

  constructor({ slot, paneMs, windowsMs, slices, pane }: MeasureSeriesOptions) {
    this.slot = slot
    this.#slices = slices
    this.#pane = pane
    this.#windows = windowsMs.map(windowMs => new MeasureWindow(windowMs, paneMs))
  }

  /** Nothing is kept of it: its segment may give its slot away. */
  get isEmpty(): boolean {
    return this.#livePanes === 0 && this.settled.count === 0
  }

  /** The window of that length, moved to an instant. It must be one of those the series was made for. */
  windowAt(windowMs: number, at: number): MeasureWindow {
    const window = this.#windows.find(one => one.windowMs === windowMs)
    if (window === undefined) throw new Error(`no window of ${windowMs} ms is kept`)
    window.moveTo(at, this)
    this.#coveredUntil = this.#windows.reduce((last, one) => Math.max(last, one.last), -Infinity)
    return window
  }

  extremesAt(windowMs: number, at: number): Readonly<ValueRange> {
    return this.windowAt(windowMs, at).extremes(this)
  }

  distinctAt(windowMs: number, at: number): DistinctUnion {
    return this.windowAt(windowMs, at).distinct(this)
  }

  /** @param call must read no other pane of the measure: what it is given is filled again for the next one. */
  forEachPane(first: number, last: number, call: (pane: MeasurePane) => void): void {
    this.settled.forEach(first, last, this.#pane, call)
    this.#slices.forEach(this.slot, first, last, this.#pane, call)
  }

  widen(first: number, last: number, range: ValueRange): void {
    this.settled.widen(first, last, this.#pane, range)
    this.#slices.widen(this.slot, first, last, range)
  }

  /** An event was counted, or withdrawn. */
  count(slice: MeasureSlice, value: number, bucket: number, sign: 1 | -1): void {
    const { records } = this.#slices
    const record = this.#recordIn(slice)
    const isCovered = slice.index <= this.#coveredUntil
    const levelBefore = isCovered ? records.levelOf(record) : 0
    const turn = records.count(record, value, bucket, sign, slice.values)
    this.changes++
    if (!isCovered) return
    const isResampled = turn !== 0 && records.levelOf(record) !== levelBefore
    for (const window of this.#windows)
      if (window.covers(slice.index)) window.count(value, bucket, sign, turn, isResampled)
  }

  /** Whether some event of the slice was counted here with this value. */
  has(slice: MeasureSlice, value: number): boolean {
    const record = this.#slices.find(slice, this.slot)
    return record >= 0 && this.#slices.records.timesOf(record, value, slice.values) > 0
  }

  /** Takes over a pane that settles, with its distinct values. */
  settle(pane: MeasurePane): void {
    this.settled.append(pane)
    this.#livePanes--
  }

  /** Lets go of panes up to `last`; those that nobody has taken since they were restored are handed over first. */
  dropUntil(last: number, unsaved: (pane: MeasurePane) => void): void {
    while (this.settled.oldest <= last) {
      const index = this.settled.oldest
      const isUnsaved = index <= this.#unsavedUntil
      const isCovered = this.#windows.some(window => window.covers(index))
      this.settled.dropOldest(isUnsaved || isCovered ? this.#pane : undefined)
      if (isCovered) for (const window of this.#windows) if (window.covers(index)) window.addPane(this.#pane, -1)
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
  takeRestored(call: (pane: MeasurePane) => void): void {
    if (this.#unsavedUntil === -Infinity) return
    this.settled.forEach(-Infinity, this.#unsavedUntil, this.#pane, call)
    this.#unsavedUntil = -Infinity
  }

  #recordIn(slice: MeasureSlice): number {
    if (slice === this.#recentSlice) return this.#recentRecord
    let record = this.#slices.find(slice, this.slot)
    if (record < 0) {
      record = this.#slices.add(slice, this.slot)
      this.#livePanes++
    }
    this.#recentSlice = slice
    this.#recentRecord = record
    return record
  }
}
