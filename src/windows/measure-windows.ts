import { OTHER_SLOT } from '../cases/segment-table.ts'
import type { SegmentKey } from '../event/segment.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { measureBucketOf } from './measure-buckets.ts'
import { MeasurePane } from './measure-pane.ts'
import { MeasureSeries } from './measure-series.ts'
import { type MeasureSlice, MeasureSlices, type MeasureSlicesState } from './measure-slices.ts'
import { SeriesBySlot } from './series-by-slot.ts'
import { coarseness, paneIndexOf } from './span.ts'

/** Tells of one pane: of the total where `segment` is undefined. The pane means something only until the call returns. */
export type MeasurePaneVisitor = (segment: SegmentKey | undefined, pane: MeasurePane) => void

export type MeasureWindowsOptions = {
  readonly paneMs: number
  /** The lengths of all windows that rules, metrics and the page ask for. */
  readonly windowsMs: readonly number[]
  /** Whether distinct values are kept. */
  readonly keepsDistinct: boolean
  /** The segment that a slot names for as long as it is in use. */
  readonly keyOf: (slot: number) => SegmentKey
  /** Takes what changed, with `publish` and, where it would be gone by then, before; undefined: nobody does. */
  readonly sink?: MeasureSink | undefined
}

/** As `StageSink`, of a measure. */
export type MeasureSink = {
  readonly pane: MeasurePaneVisitor
  readonly gone: (segment: SegmentKey) => void
}

/*
 * Values of events in, panes out, for one measure of one shard: what `StageWindows` is to a stage.
 *
 * An event counts once, in the pane of its own instant, in the total and in one segment; a displaced one is withdrawn
 * where it was counted. So what a pane holds is a function of the set of events. A pane that has settled is left alone.
 *
 *     count ──▶ slices (typed arrays, every value) ──settle──▶ settled panes (bytes) ──drop──▶ gone
 *
 * Values are whole numbers at the scale of the measure, so that sums and counts subtract exactly; extremes and distinct
 * values are found again among those that are left.
 */
export class MeasureWindows {
  readonly #paneMs: number
  readonly #slices: MeasureSlices
  readonly #pane = new MeasurePane()
  readonly #series: SeriesBySlot<MeasurePane, MeasureSeries>
  readonly total: MeasureSeries
  readonly segments: ReadonlyMap<SegmentKey, MeasureSeries>
  /** Panes before the horizon that the longest window may still reach, its coarse old end included. */
  readonly #panesKept: number
  readonly #sink: MeasureSink | undefined
  /** All settled panes are to be published. */
  #areSettledUnpublished = false
  /** Panes up to this one have settled, and up to that one have been let go of. */
  #settledUntil = -Infinity
  #droppedUntil = -Infinity
  /** The slice of the latest event, and its span. */
  #slice: MeasureSlice | undefined
  #sliceStart = Infinity
  #sliceEnd = -Infinity

  constructor({ paneMs, windowsMs, keepsDistinct, keyOf, sink }: MeasureWindowsOptions) {
    const slices = new MeasureSlices(keepsDistinct, sink !== undefined)
    this.#sink = sink
    const pane = this.#pane
    this.#paneMs = paneMs
    this.#slices = slices
    this.#series = new SeriesBySlot<MeasurePane, MeasureSeries>({
      newSeries: slot => new MeasureSeries({ slot, paneMs, windowsMs, slices, pane }),
      keyOf,
    })
    this.total = this.#series.total
    this.segments = this.#series.segments
    const kept = windowsMs.map(windowMs => Math.ceil(windowMs / paneMs) + coarseness(windowMs, paneMs))
    this.#panesKept = Math.max(0, ...kept)
  }

  /** Rises whenever a segment came or went. */
  get segmentsVersion(): number {
    return this.#series.version
  }

  /** Whether an event of that instant can still be counted. */
  isOpenAt(at: number): boolean {
    return this.#sliceAt(at) !== undefined
  }

  /** Counts an event. @param slot of its segment; −1 where the measure has none. */
  add(slot: number, at: number, value: number): void {
    this.#count(slot, at, value, 1)
  }

  /**
   * Withdraws an event that was counted.
   *
   * @param slot that its segment has now. It may have had none when the event was counted: then the event stands under
   *   `__other__`, and events of one segment, pane and value are as good as one another.
   */
  withdraw(slot: number, at: number, value: number): void {
    const slice = this.#sliceAt(at)
    if (slice === undefined) return
    const isOwn = slot <= OTHER_SLOT || (this.#series.isInUse(slot) && this.#series.of(slot).has(slice, value))
    this.#count(isOwn ? slot : OTHER_SLOT, at, value, -1)
  }

  /**
   * Lets the horizon pass: panes settle, and those that no window reaches any more leave.
   *
   * @param unsaved is told of changed panes that nobody has taken before they settle or leave.
   * @param released is told of slots of which nothing is kept any more.
   */
  advance(horizon: number, unsaved: MeasurePaneVisitor, released: (slot: number) => void): void {
    const settled = paneIndexOf(horizon, this.#paneMs) - 1
    if (!(settled > this.#settledUntil)) return
    this.#settledUntil = settled
    this.#settle(settled, unsaved)
    const dropped = settled - this.#panesKept
    if (!(dropped > this.#droppedUntil)) return
    this.#droppedUntil = dropped
    this.#series.dropUntil(dropped, (series, pane) => unsaved(this.#series.keyOf(series), pane))
    this.#series.release((slot, key) => {
      this.#sink?.gone(key)
      released(slot)
    })
  }

  /** Panes that changed since the last time: the total's first, then by slot, oldest first. */
  takeDirty(visit: MeasurePaneVisitor): void {
    const { records } = this.#slices
    this.#series.forEach(series => {
      series.takeRestored(pane => visit(this.#series.keyOf(series), pane))
    })
    for (const record of records.takeChanged()) {
      const series = this.#series.known(records.slotOf(record))
      records.read(record, this.#pane, undefined)
      visit(this.#series.keyOf(series), this.#pane)
    }
  }

  /** The newest pane that has settled, and the oldest that is kept; −Infinity: none has, all are. */
  get settledUntil(): number {
    return this.#settledUntil
  }

  get keptSince(): number {
    return this.#droppedUntil + 1
  }

  /** Tells the sink of everything that changed since the last time. */
  publish(): void {
    const sink = this.#sink
    if (sink === undefined) return
    if (this.#areSettledUnpublished) {
      this.#series.forEach(series => {
        series.settled.forEach(-Infinity, Infinity, this.#pane, pane => sink.pane(this.#series.keyOf(series), pane))
      })
      this.#areSettledUnpublished = false
    }
    for (const record of this.#slices.records.takeUnpublished()) {
      this.#slices.read(record, this.#pane)
      sink.pane(this.#series.keyOf(this.#series.known(this.#slices.records.slotOf(record))), this.#pane)
    }
  }

  snapshot(): MeasureWindowsState {
    const all = [...this.segments]
    const settled = new ByteWriter()
    for (const series of [this.total, ...this.segments.values()]) series.settled.snapshot(settled)
    return {
      slots: Int32Array.from(all, ([, { slot }]) => slot),
      settled: settled.bytes.slice(0, settled.length),
      slices: this.#slices.snapshot(),
      settledUntil: this.#settledUntil,
      droppedUntil: this.#droppedUntil,
    }
  }

  /** Takes over a snapshot's state; nothing may have been counted yet. All panes count as changed. */
  restore(state: MeasureWindowsState): void {
    this.#settledUntil = state.settledUntil
    this.#droppedUntil = state.droppedUntil
    const all = [this.total, ...Array.from(state.slots, slot => this.#series.of(slot))]
    const from = new ByteReader(state.settled)
    for (const series of all) series.restoreSettled(from)
    this.#slices.restore(state.slices, record => {
      this.#series.known(this.#slices.records.slotOf(record)).countLivePane()
    })
    for (const series of all) this.#series.noteSettled(series)
    this.#areSettledUnpublished = this.#sink !== undefined
  }

  #count(slot: number, at: number, value: number, sign: 1 | -1): void {
    const slice = this.#sliceAt(at)
    if (slice === undefined) return
    const bucket = measureBucketOf(value)
    this.total.count(slice, value, bucket, sign)
    if (slot >= 0) this.#series.of(slot).count(slice, value, bucket, sign)
  }

  /** The slice that holds an instant; undefined: it has settled. */
  #sliceAt(at: number): MeasureSlice | undefined {
    if (at >= this.#sliceStart && at < this.#sliceEnd) return this.#slice
    const index = paneIndexOf(at, this.#paneMs)
    if (index <= this.#settledUntil) return undefined
    this.#slice = this.#slices.slice(index)
    this.#sliceStart = index * this.#paneMs
    this.#sliceEnd = this.#sliceStart + this.#paneMs
    return this.#slice
  }

  #settle(settled: number, unsaved: MeasurePaneVisitor): void {
    const slices = this.#slices
    const { records } = slices
    for (let slice = slices.oldest; slice !== undefined && slice.index <= settled; slice = slices.oldest) {
      const { values } = slice
      if (slice === this.#slice) this.#sliceEnd = -Infinity
      slices.forEachOf(slice, record => {
        const series = this.#series.known(records.slotOf(record))
        records.read(record, this.#pane, values)
        series.settle(this.#pane)
        if (series.settled.count === 1) this.#series.noteSettled(series)
        if (records.isChanged(record)) unsaved(this.#series.keyOf(series), this.#pane)
        if (records.isUnpublished(record)) this.#sink?.pane(this.#series.keyOf(series), this.#pane)
      })
      slices.dropOldest()
    }
  }
}

/** A measure's windows as plain data. */
export type MeasureWindowsState = {
  /** Of each segment. */
  readonly slots: Int32Array
  /** Settled panes of the total, then of each segment, see `SettledPanes.snapshot`. */
  readonly settled: Uint8Array
  readonly slices: MeasureSlicesState
  readonly settledUntil: number
  readonly droppedUntil: number
}
