import type { MeasurePane } from './measure-pane.ts'
import { MeasureRecords, type MeasureRecordsState } from './measure-records.ts'
import { RecordIndex } from './record-index.ts'
import type { ValueRange } from './settled-panes.ts'
import { ValueCounts, type ValueCountsState } from './value-counts.ts'

/** One slice of time that has not settled: its values, and the records of the series that were counted in it. */
export type MeasureSlice = {
  readonly index: number
  /** The latest record, from which the others follow; −1: none. */
  latest: number
  readonly values: ValueCounts
}

/**
 * The panes of one measure that have not settled, of the total and of all segments: what `LivePanes` is to a stage.
 *
 * They are records, each of one series in one slice of time. Those of a slice are chained, so that they settle
 * together; a single one is found by slice and slot.
 */
export class MeasureSlices {
  readonly records: MeasureRecords
  readonly #index = new RecordIndex()
  /** Rising by index. */
  readonly #slices: MeasureSlice[] = []

  /** @param isPublished whether somebody takes what is unpublished. */
  constructor(keepsDistinct: boolean, isPublished: boolean) {
    this.records = new MeasureRecords(keepsDistinct, isPublished)
  }

  get oldest(): MeasureSlice | undefined {
    return this.#slices[0]
  }

  /** The slice of that index; made where there is none. */
  slice(index: number): MeasureSlice {
    const at = this.#placeOf(index)
    const known = this.#slices[at]
    if (known?.index === index) return known
    const made = { index, latest: -1, values: new ValueCounts() }
    this.#slices.splice(at, 0, made)
    return made
  }

  /** Reads a record with its distinct values. */
  read(record: number, into: MeasurePane): void {
    this.records.read(record, into, this.slice(this.records.indexOf(record)).values)
  }

  /** The record of a series in a slice; −1: it has none. */
  find(slice: MeasureSlice, slot: number): number {
    return this.#index.find(slice.index, slot)
  }

  /** A new record; the series must have none in this slice. */
  add(slice: MeasureSlice, slot: number): number {
    const record = this.records.take(slice.index, slot, slice.latest)
    slice.latest = record
    this.#index.add(slice.index, slot, record)
    return record
  }

  /** Calls for the panes of a series in a range, oldest first, each of them in `pane`, with its distinct values. */
  forEach(slot: number, first: number, last: number, pane: MeasurePane, call: (pane: MeasurePane) => void): void {
    this.#forEachIn(slot, first, last, (record, { values }) => {
      this.records.read(record, pane, values)
      call(pane)
    })
  }

  /** Widens `range` by the values of a series' panes from `first` to `last`. */
  widen(slot: number, first: number, last: number, range: ValueRange): void {
    this.#forEachIn(slot, first, last, record => this.records.widen(record, range))
  }

  /** Calls for the records of a slice. */
  forEachOf({ latest }: MeasureSlice, call: (record: number) => void): void {
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

  snapshot(): MeasureSlicesState {
    return {
      records: this.records.snapshot(),
      indexes: Float64Array.from(this.#slices, ({ index }) => index),
      latest: Int32Array.from(this.#slices, ({ latest }) => latest),
      values: this.#slices.map(({ values }) => values.snapshot()),
    }
  }

  /**
   * Takes over a snapshot; there must be no slices yet. All records count as changed.
   *
   * @param tell is called for each of them.
   */
  restore({ records, indexes, latest, values }: MeasureSlicesState, tell: (record: number) => void): void {
    this.records.restore(records)
    indexes.forEach((index, at) => {
      const slice = { index, latest: latest[at] as number, values: new ValueCounts(values[at]) }
      this.#slices.push(slice)
      this.forEachOf(slice, record => {
        this.#index.add(index, this.records.slotOf(record), record)
        this.records.mark(record)
        tell(record)
      })
    })
  }

  #forEachIn(slot: number, first: number, last: number, call: (record: number, slice: MeasureSlice) => void): void {
    const slices = this.#slices
    for (let at = this.#placeOf(first); at < slices.length; at++) {
      const slice = slices[at] as MeasureSlice
      if (slice.index > last) return
      const record = this.#index.find(slice.index, slot)
      if (record >= 0) call(record, slice)
    }
  }

  /** Position of the first slice that is not before `index`. */
  #placeOf(index: number): number {
    const slices = this.#slices
    let low = 0
    let high = slices.length
    // Most events are of the newest slices.
    if (high === 0 || (slices[high - 1] as MeasureSlice).index < index) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if ((slices[middle] as MeasureSlice).index < index) low = middle + 1
      else high = middle
    }
    return low
  }
}

export type MeasureSlicesState = {
  readonly records: MeasureRecordsState
  /** Of each slice. */
  readonly indexes: Float64Array
  readonly latest: Int32Array
  readonly values: readonly ValueCountsState[]
}
