import { type SegmentKey, TOTAL } from '../event/segment.ts'
import { TOTAL_SLOT } from './pane-records.ts'

/** What is counted of one segment of a stage or a measure, in panes of its own kind. */
export type SegmentSeries<Pane> = {
  readonly slot: number
  readonly isEmpty: boolean
  /** Whether it will be looked whether the series is empty. */
  isToBeChecked: boolean
  readonly settled: { readonly oldest: number }
  dropUntil(last: number, unsaved: (pane: Pane) => void): void
}

export type SeriesBySlotOptions<Series> = {
  readonly newSeries: (slot: number, key: SegmentKey) => Series
  /** The segment that a slot names for as long as it is in use. */
  readonly keyOf: (slot: number) => SegmentKey
}

/**
 * The series of a stage or a measure: the total, and one for each segment that anything is kept of.
 *
 * A segment's series is made at its first change and let go of when it is empty, but only when panes leave: so what
 * comes and goes within an instant does not make it come and go too, and it costs no event a look.
 */
export class SeriesBySlot<Pane, Series extends SegmentSeries<Pane>> {
  readonly #options: SeriesBySlotOptions<Series>
  readonly total: Series
  /** In the order in which they were made. */
  readonly segments = new Map<SegmentKey, Series>()
  /** Rises whenever a segment came or went. */
  version = 0
  readonly #bySlot: (Series | undefined)[] = []
  readonly #keys: SegmentKey[] = []
  /** By slot + 1: the oldest settled pane of the series; Infinity: none. */
  #oldest = new Float64Array(16).fill(Infinity)
  /** Series that may have become empty. */
  #toBeChecked: Series[] = []

  constructor(options: SeriesBySlotOptions<Series>) {
    this.#options = options
    this.total = options.newSeries(TOTAL_SLOT, TOTAL)
  }

  isInUse(slot: number): boolean {
    return this.#bySlot[slot] !== undefined
  }

  /** The series of a segment; made where there is none. */
  of(slot: number): Series {
    return this.#bySlot[slot] ?? this.#add(slot)
  }

  /** The series of a slot of which something is kept, or the total. */
  known(slot: number): Series {
    const series = slot === TOTAL_SLOT ? this.total : this.#bySlot[slot]
    if (series === undefined) throw new Error(`slot ${slot} names no segment`)
    return series
  }

  /** undefined: the total. */
  keyOf({ slot }: Series): SegmentKey | undefined {
    return slot === TOTAL_SLOT ? undefined : this.#keys[slot]
  }

  /** The total first, then by slot. */
  forEach(call: (series: Series) => void): void {
    call(this.total)
    for (const series of this.#bySlot) if (series !== undefined) call(series)
  }

  /** A series may have become empty. */
  checkLater(series: Series): void {
    if (series.isToBeChecked || series.slot === TOTAL_SLOT) return
    series.isToBeChecked = true
    this.#toBeChecked.push(series)
  }

  /** A series has got a settled pane, or several. */
  noteSettled({ slot, settled }: Series): void {
    this.#oldest[slot + 1] = settled.oldest
  }

  /** Lets go of panes up to `last`. */
  dropUntil(last: number, unsaved: (series: Series, pane: Pane) => void): void {
    const oldest = this.#oldest
    for (let place = 0; place <= this.#bySlot.length; place++) {
      if ((oldest[place] as number) > last) continue
      const series = this.known(place - 1)
      series.dropUntil(last, pane => unsaved(series, pane))
      this.noteSettled(series)
      if (series.isEmpty) this.checkLater(series)
    }
  }

  /** Lets go of series that are empty, in the order of their slots: which way they became so does not matter. */
  release(released: (slot: number, key: SegmentKey) => void): void {
    if (this.#toBeChecked.length === 0) return
    const checked = this.#toBeChecked.sort((left, right) => left.slot - right.slot)
    this.#toBeChecked = []
    for (const series of checked) {
      series.isToBeChecked = false
      if (!series.isEmpty) continue
      const key = this.#keys[series.slot] as SegmentKey
      this.segments.delete(key)
      this.#bySlot[series.slot] = undefined
      this.version++
      released(series.slot, key)
    }
  }

  #add(slot: number): Series {
    const key = this.#options.keyOf(slot)
    const series = this.#options.newSeries(slot, key)
    while (this.#bySlot.length < slot) this.#bySlot.push(undefined)
    this.#bySlot[slot] = series
    this.#keys[slot] = key
    this.segments.set(key, series)
    this.version++
    if (slot + 1 >= this.#oldest.length) {
      const oldest = new Float64Array(2 * (slot + 1)).fill(Infinity)
      oldest.set(this.#oldest)
      this.#oldest = oldest
    }
    // Should nothing ever be counted of it, it leaves again.
    this.checkLater(series)
    return series
  }
}
