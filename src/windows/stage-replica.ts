import { type SegmentKey, TOTAL } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import { ComparedTally, comparedTally } from './compared-tally.ts'
import type { Comparison } from './comparison.ts'
import type { DuePlace, NamedPlace } from './due-ledger.ts'
import { OpenVisits, PAGE } from './open-visits.ts'
import { Pane } from './pane.ts'
import { paneCodec } from './pane-bytes.ts'
import { TOTAL_SLOT } from './pane-records.ts'
import { ReplicatedPanes } from './replicated-panes.ts'
import type { ValueRange } from './settled-panes.ts'
import { type Extremes, type PaneSource, SlidingWindow } from './sliding-window.ts'
import type { TargetOf } from './targets.ts'
import type { SeriesView, StageView } from './views.ts'
import type { VisitHistory } from './visit-history.ts'

export type StageReplicaOptions = {
  readonly paneMs: number
  /** The lengths of all windows that are asked for. */
  readonly windowsMs: readonly number[]
  readonly comparisons: readonly Comparison[]
  readonly targetOf: TargetOf
  readonly calendar: BusinessCalendar | undefined
  /** As the stage itself keeps one. */
  readonly history: VisitHistory | undefined
}

/**
 * One stage of one shard, read where it is not folded: it is told what changed, always whole values, and answers as the
 * stage itself does (`StageSink` is the other end).
 *
 * Segments are known by their keys; slots are its own, and stay with a key for as long as anything is kept of it.
 */
export class StageReplica implements StageView {
  readonly #options: StageReplicaOptions
  readonly #pane: Pane
  readonly total: SeriesReplica
  readonly segments = new Map<SegmentKey, SeriesReplica>()
  readonly history: VisitHistory | undefined
  readonly #slots = new Map<SegmentKey, number>()
  readonly #keys: SegmentKey[] = []
  settledUntil = -Infinity
  keptSince = -Infinity
  segmentsVersion = 0

  constructor(options: StageReplicaOptions) {
    this.#options = options
    this.#pane = new Pane(options.calendar !== undefined)
    this.history = options.history
    this.total = new SeriesReplica(TOTAL_SLOT, options.targetOf(TOTAL), options, this.#pane)
  }

  segmentAt(slot: number): SegmentKey | undefined {
    return slot === TOTAL_SLOT ? undefined : this.#keys[slot]
  }

  /** @param segment undefined: the total. @param content of the pane as bytes; is kept. */
  putPane(segment: SegmentKey | undefined, index: number, content: Uint8Array): void {
    this.#seriesOf(segment).putPane(index, content)
  }

  /** @param counts of a page's panes. */
  putOpen(segment: SegmentKey | undefined, page: number, counts: readonly number[]): void {
    this.#seriesOf(segment).putOpen(page, counts)
  }

  /** Nothing is kept of a segment any more. */
  drop(segment: SegmentKey): void {
    if (this.segments.delete(segment)) this.segmentsVersion++
  }

  /** Panes up to `settledUntil` change no more, those before `keptSince` are let go of. */
  pass(settledUntil: number, keptSince: number, horizon: number): void {
    if (settledUntil > this.settledUntil) {
      this.settledUntil = settledUntil
      for (const series of this.#all()) series.settleUntil(settledUntil)
    }
    if (keptSince > this.keptSince) {
      this.keptSince = keptSince
      for (const series of this.#all()) series.dropUntil(keptSince - 1)
    }
    this.history?.advance(horizon)
  }

  /** The slot of a segment, given to it where it has none. */
  slotOf(segment: SegmentKey | undefined): number {
    if (segment === undefined) return TOTAL_SLOT
    const known = this.#slots.get(segment)
    if (known !== undefined) return known
    this.#slots.set(segment, this.#keys.length)
    return this.#keys.push(segment) - 1
  }

  *#all(): Iterable<SeriesReplica> {
    yield this.total
    yield* this.segments.values()
  }

  #seriesOf(segment: SegmentKey | undefined): SeriesReplica {
    if (segment === undefined) return this.total
    let series = this.segments.get(segment)
    if (series === undefined) {
      series = new SeriesReplica(this.slotOf(segment), this.#options.targetOf(segment), this.#options, this.#pane)
      this.segments.set(segment, series)
      this.segmentsVersion++
    }
    return series
  }
}

class SeriesReplica implements SeriesView, PaneSource {
  readonly slot: number
  readonly targetMs: number | undefined
  readonly calendar: BusinessCalendar | undefined
  readonly open = new OpenVisits()
  changes = 0
  readonly #panes: ReplicatedPanes<Pane>
  readonly #windows: readonly SlidingWindow[]
  readonly #tallies: readonly ComparedTally[]

  constructor(
    slot: number,
    targetMs: number | undefined,
    { windowsMs, comparisons, paneMs, calendar }: StageReplicaOptions,
    pane: Pane,
  ) {
    this.slot = slot
    this.targetMs = targetMs
    this.calendar = calendar
    this.#panes = new ReplicatedPanes(paneCodec, pane)
    this.#windows = windowsMs.map(windowMs => new SlidingWindow(windowMs, paneMs))
    this.#tallies = comparisons.map(comparison => new ComparedTally(comparison, paneMs))
  }

  windowAt(windowMs: number, at: number): SlidingWindow {
    const window = this.#windows.find(one => one.windowMs === windowMs)
    if (window === undefined) throw new Error(`no window of ${windowMs} ms is kept`)
    window.moveTo(at, this)
    return window
  }

  comparedAt(comparison: Comparison, at: number): Pick<ComparedTally, 'now' | 'before'> {
    const tally = comparedTally(this.#tallies, comparison)
    tally.moveTo(at, this)
    return tally
  }

  extremesAt(windowMs: number, at: number): Extremes {
    return this.windowAt(windowMs, at).extremes(this)
  }

  forEachPane(first: number, last: number, call: (pane: Pane) => void): void {
    this.#panes.forEach(first, last, call)
  }

  widen(first: number, last: number, range: ValueRange): void {
    this.#panes.widen(first, last, range)
  }

  putPane(index: number, content: Uint8Array): void {
    this.changes++
    this.#panes.put(index, content, (pane, sign) => this.#addToWindows(pane, sign))
  }

  putOpen(page: number, counts: readonly number[]): void {
    this.changes++
    counts.forEach((count, place) => {
      const pane = page * PAGE + place
      this.open.add(pane, count - this.open.countAt(pane))
    })
  }

  settleUntil(last: number): void {
    this.#panes.settleUntil(last)
  }

  dropUntil(last: number): void {
    this.#panes.dropUntil(last, pane => this.#addToWindows(pane, -1))
  }

  #addToWindows(pane: Pane, sign: 1 | -1): void {
    for (const window of this.#windows) if (window.covers(pane.index)) window.addPane(pane, sign)
    for (const tally of this.#tallies) tally.addPane(pane, sign)
  }
}

/** Where a place is in replicas of the stages. */
export const slotsOf = (
  { deadline, ownSegment, position, segment }: NamedPlace,
  own: StageReplica,
  at: StageReplica,
): DuePlace => ({ deadline, ownSlot: own.slotOf(ownSegment), position, slot: at.slotOf(segment) })
