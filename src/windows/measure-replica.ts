import type { SegmentKey } from '../event/segment.ts'
import type { DistinctUnion } from './distinct-union.ts'
import { measureCodec } from './measure-bytes.ts'
import { MeasurePane } from './measure-pane.ts'
import { type MeasurePaneSource, MeasureWindow } from './measure-window.ts'
import { ReplicatedPanes } from './replicated-panes.ts'
import type { ValueRange } from './settled-panes.ts'
import type { MeasureSeriesView, MeasureView } from './views.ts'

export type MeasureReplicaOptions = { readonly paneMs: number; readonly windowsMs: readonly number[] }

/** One measure of one shard, read where it is not folded: what `StageReplica` is to a stage. */
export class MeasureReplica implements MeasureView {
  readonly #options: MeasureReplicaOptions
  readonly #pane = new MeasurePane()
  readonly total: MeasureSeriesReplica
  readonly segments = new Map<SegmentKey, MeasureSeriesReplica>()
  segmentsVersion = 0
  #settledUntil = -Infinity
  keptSince = -Infinity

  constructor(options: MeasureReplicaOptions) {
    this.#options = options
    this.total = new MeasureSeriesReplica(options, this.#pane)
  }

  /** @param segment undefined: the total. @param content of the pane as bytes; is kept. */
  putPane(segment: SegmentKey | undefined, index: number, content: Uint8Array): void {
    this.#seriesOf(segment).putPane(index, content)
  }

  /** Nothing is kept of a segment any more. */
  drop(segment: SegmentKey): void {
    if (this.segments.delete(segment)) this.segmentsVersion++
  }

  /** Panes up to `settledUntil` change no more, those before `keptSince` are let go of. */
  pass(settledUntil: number, keptSince: number): void {
    const all = [this.total, ...this.segments.values()]
    if (settledUntil > this.#settledUntil) {
      this.#settledUntil = settledUntil
      for (const series of all) series.settleUntil(settledUntil)
    }
    if (keptSince <= this.keptSince) return
    this.keptSince = keptSince
    for (const series of all) series.dropUntil(keptSince - 1)
  }

  #seriesOf(segment: SegmentKey | undefined): MeasureSeriesReplica {
    if (segment === undefined) return this.total
    let series = this.segments.get(segment)
    if (series === undefined) {
      series = new MeasureSeriesReplica(this.#options, this.#pane)
      this.segments.set(segment, series)
      this.segmentsVersion++
    }
    return series
  }
}

class MeasureSeriesReplica implements MeasureSeriesView, MeasurePaneSource {
  changes = 0
  readonly #panes: ReplicatedPanes<MeasurePane>
  readonly #windows: readonly MeasureWindow[]

  constructor({ windowsMs, paneMs }: MeasureReplicaOptions, pane: MeasurePane) {
    this.#panes = new ReplicatedPanes(measureCodec, pane)
    this.#windows = windowsMs.map(windowMs => new MeasureWindow(windowMs, paneMs))
  }

  windowAt(windowMs: number, at: number): MeasureWindow {
    const window = this.#windows.find(one => one.windowMs === windowMs)
    if (window === undefined) throw new Error(`no window of ${windowMs} ms is kept`)
    window.moveTo(at, this)
    return window
  }

  extremesAt(windowMs: number, at: number): Readonly<ValueRange> {
    return this.windowAt(windowMs, at).extremes(this)
  }

  distinctAt(windowMs: number, at: number): DistinctUnion {
    return this.windowAt(windowMs, at).distinct(this)
  }

  forEachPane(first: number, last: number, call: (pane: MeasurePane) => void): void {
    this.#panes.forEach(first, last, call)
  }

  widen(first: number, last: number, range: ValueRange): void {
    this.#panes.widen(first, last, range)
  }

  putPane(index: number, content: Uint8Array): void {
    this.changes++
    this.#panes.put(index, content, (pane, sign) => this.#addToWindows(pane, sign))
  }

  settleUntil(last: number): void {
    this.#panes.settleUntil(last)
  }

  dropUntil(last: number): void {
    this.#panes.dropUntil(last, pane => this.#addToWindows(pane, -1))
  }

  #addToWindows(pane: MeasurePane, sign: 1 | -1): void {
    for (const window of this.#windows) if (window.covers(pane.index)) window.addPane(pane, sign)
  }
}
