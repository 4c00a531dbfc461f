/**
 * How often each value was counted in one slice of time, for each segment of a measure and for the total.
 *
 * Extremes do not subtract, and neither does the number of distinct values: when an event is corrected, both need the
 * values that are left. So they are kept until the slice settles. A value of a segment is one *entry*, whose number
 * stays; entries of one segment are chained, and found by segment and value in a table with open addressing.
 */
export class ValueCounts {
  #slots: Int32Array = new Int32Array(SMALLEST)
  #values: Float64Array = new Float64Array(SMALLEST)
  #counts: Int32Array = new Int32Array(SMALLEST)
  /** The entry of the same segment that was made before; −1: none. */
  #next: Int32Array = new Int32Array(SMALLEST)
  #size = 0
  /** Entry + 1; 0: free. At most half full. */
  #table = new Int32Array(2 * SMALLEST)

  constructor(state?: ValueCountsState) {
    if (state === undefined) return
    this.#slots = state.slots
    this.#values = state.values
    this.#counts = state.counts
    this.#next = state.next
    this.#size = state.slots.length
    this.#makeRoom()
  }

  /** Entries there are: the next new one has this number. */
  get size(): number {
    return this.#size
  }

  /** The entry of a value in a segment; −1: it has none. */
  find(slot: number, value: number): number {
    const mask = this.#table.length - 1
    for (let place = placeOf(slot, value) & mask; ; place = (place + 1) & mask) {
      const entry = (this.#table[place] as number) - 1
      if (entry < 0 || (this.#values[entry] === value && this.#slots[entry] === slot)) return entry
    }
  }

  /**
   * Counts a value, or withdraws one that was counted.
   *
   * @param latest of the segment's entries; −1: none.
   * @returns its entry; a new one is the latest from then on.
   */
  add(slot: number, value: number, sign: 1 | -1, latest: number): number {
    let entry = this.find(slot, value)
    if (entry < 0) {
      if (this.#size === this.#values.length) this.#makeRoom()
      entry = this.#size++
      this.#slots[entry] = slot
      this.#values[entry] = value
      this.#next[entry] = latest
      this.#put(entry)
    }
    const count = (this.#counts[entry] as number) + sign
    if (count < 0) throw new Error(`the value ${value} was withdrawn, but had not been counted`)
    this.#counts[entry] = count
    return entry
  }

  countOf(entry: number): number {
    return this.#counts[entry] as number
  }

  /** Calls for the values that a segment has. @param latest of its entries. */
  forEach(latest: number, call: (value: number) => void): void {
    for (let entry = latest; entry >= 0; entry = this.#next[entry] as number) {
      if ((this.#counts[entry] as number) > 0) call(this.#values[entry] as number)
    }
  }

  snapshot(): ValueCountsState {
    const size = this.#size
    return {
      slots: this.#slots.slice(0, size),
      values: this.#values.slice(0, size),
      counts: this.#counts.slice(0, size),
      next: this.#next.slice(0, size),
    }
  }

  #put(entry: number): void {
    const mask = this.#table.length - 1
    let place = placeOf(this.#slots[entry] as number, this.#values[entry] as number) & mask
    while (this.#table[place] !== 0) place = (place + 1) & mask
    this.#table[place] = entry + 1
  }

  /** For twice as many entries. */
  #makeRoom(): void {
    let length = SMALLEST
    while (length <= this.#size) length *= 2
    this.#slots = longer(this.#slots, new Int32Array(length))
    this.#values = longer(this.#values, new Float64Array(length))
    this.#counts = longer(this.#counts, new Int32Array(length))
    this.#next = longer(this.#next, new Int32Array(length))
    this.#table = new Int32Array(2 * length)
    for (let entry = 0; entry < this.#size; entry++) this.#put(entry)
  }
}

export type ValueCountsState = {
  readonly slots: Int32Array
  readonly values: Float64Array
  readonly counts: Int32Array
  readonly next: Int32Array
}

const SMALLEST = 8

function longer<Words extends Int32Array | Float64Array>(before: Words, after: Words): Words {
  after.set(before)
  return after
}

function placeOf(slot: number, value: number): number {
  const mixed = Math.imul(
    Math.imul(value, 0x9e3779b1) ^ Math.imul(Math.floor(value / 2 ** 32), 0xc2b2ae35) ^ slot,
    0x85ebca6b,
  )
  return mixed ^ (mixed >>> 15)
}
