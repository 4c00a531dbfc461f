import { DurationLog, type DurationLogState } from './duration-log.ts'
import type { Pane } from './pane.ts'
import { PaneRecords, type PaneRecordsState } from './pane-records.ts'
import { RecordIndex } from './record-index.ts'
import type { ValueRange } from './settled-panes.ts'

/** One slice of time that has not settled: its durations, and the records of the series that did something in it. */
export type LiveSlice = {
  readonly index: number
  /** The latest record, from which the others follow; −1: none. */
  latest: number
  readonly durations: DurationLog
  /** Of a stage with a calendar: the durations by the wall clock. */
  readonly wall: DurationLog | undefined
}

/**
 * The panes of one stage that have not settled, of the total and of all segments.
 *
 * They are records, each of one series in one slice of time. Those of a slice are chained, so that they settle
 * together; a single one is found by slice and slot.
 */
export class LivePanes {
  readonly records: PaneRecords
  readonly #hasCalendar: boolean
  readonly #index = new RecordIndex()
  /** Rising by index. */
  readonly #slices: LiveSlice[] = []

  /**
   * @param hasCalendar whether the stage has one.
   * @param isPublished whether somebody takes what is unpublished.
   */
  constructor(hasCalendar: boolean, isPublished: boolean) {
    this.#hasCalendar = hasCalendar
    this.records = new PaneRecords(hasCalendar, isPublished)
  }

  /** The oldest slice. */
  get oldest(): LiveSlice | undefined {
    return this.#slices[0]
  }

  /** The slice of that index; made where there is none. */
  slice(index: number): LiveSlice {
    const at = this.#placeOf(index)
    const known = this.#slices[at]
    if (known?.index === index) return known
    // A slice mostly has as many durations as the one before it, which by now is nearly full.
    const expected = this.#slices[at - 1]?.durations.size
    const wall = this.#hasCalendar ? new DurationLog(undefined, expected) : undefined
    const made = { index, latest: -1, durations: new DurationLog(undefined, expected), wall }
    this.#slices.splice(at, 0, made)
    return made
  }

  /** The record of a series in a slice; −1: it has none. */
  find(slice: LiveSlice, slot: number): number {
    return this.#index.find(slice.index, slot)
  }

  /** A new record; the series must have none in this slice. */
  add(slice: LiveSlice, slot: number): number {
    const record = this.records.take(slice.index, slot, slice.latest)
    slice.latest = record
    this.#index.add(slice.index, slot, record)
    return record
  }

  /** Calls for the panes of a series in a range, oldest first, each of them in `pane`. */
  forEach(slot: number, first: number, last: number, pane: Pane, call: (pane: Pane) => void): void {
    this.#forEachIn(slot, first, last, record => {
      this.records.read(record, pane)
      call(pane)
    })
  }

  /** Widens `range` by the durations of a series' panes from `first` to `last`. */
  widen(slot: number, first: number, last: number, range: ValueRange): void {
    this.#forEachIn(slot, first, last, record => this.records.widen(record, range))
  }

  /** Calls for the records of a slice. */
  forEachOf({ latest }: LiveSlice, call: (record: number) => void): void {
    for (let record = latest; record >= 0; record = this.records.nextOf(record)) call(record)
  }

  /** Forgets the oldest slice and its records. */
  dropOldest(): void {
    const slice = this.#slices.shift()
    for (let record = slice?.latest ?? -1; slice !== undefined && record >= 0; ) {
      const next = this.records.nextOf(record)
      this.#index.remove(slice.index, this.records.slotOf(record))
      this.records.giveBack(record)
      record = next
    }
  }

  snapshot(): LivePanesState {
    return {
      records: this.records.snapshot(),
      indexes: Float64Array.from(this.#slices, ({ index }) => index),
      latest: Int32Array.from(this.#slices, ({ latest }) => latest),
      durations: this.#slices.map(({ durations }) => durations.snapshot()),
      wall: this.#slices.flatMap(({ wall }) => wall?.snapshot() ?? []),
    }
  }

  /**
   * Takes over a snapshot; there must be no slices yet. All records count as changed.
   *
   * @param tell is called for each of them.
   */
  restore({ records, indexes, latest, durations, wall }: LivePanesState, tell: (record: number) => void): void {
    this.records.restore(records)
    indexes.forEach((index, at) => {
      const slice = {
        index,
        latest: latest[at] as number,
        durations: new DurationLog(durations[at]),
        wall: this.#hasCalendar ? new DurationLog(wall[at]) : undefined,
      }
      this.#slices.push(slice)
      this.forEachOf(slice, record => {
        this.#index.add(index, this.records.slotOf(record), record)
        this.records.mark(record)
        tell(record)
      })
    })
  }

  #forEachIn(slot: number, first: number, last: number, call: (record: number) => void): void {
    const slices = this.#slices
    for (let at = this.#placeOf(first); at < slices.length; at++) {
      const { index } = slices[at] as LiveSlice
      if (index > last) return
      const record = this.#index.find(index, slot)
      if (record >= 0) call(record)
    }
  }

  /** Position of the first slice that is not before `index`. */
  #placeOf(index: number): number {
    const slices = this.#slices
    let low = 0
    let high = slices.length
    // Most changes are of the newest slices.
    if (high === 0 || (slices[high - 1] as LiveSlice).index < index) return high
    // Where none is missing in between it stands as far from the newest as its index says, else nearer.
    const nearest = high - 1 - ((slices[high - 1] as LiveSlice).index - index)
    if (nearest >= 0 && (slices[nearest] as LiveSlice).index === index) return nearest
    while (low < high) {
      const middle = (low + high) >> 1
      if ((slices[middle] as LiveSlice).index < index) low = middle + 1
      else high = middle
    }
    return low
  }
}

export type LivePanesState = {
  readonly records: PaneRecordsState
  /** Of each slice. */
  readonly indexes: Float64Array
  readonly latest: Int32Array
  readonly durations: readonly DurationLogState[]
  /** The same by the wall clock; empty where the stage has no calendar. */
  readonly wall: readonly DurationLogState[]
}
