/**
 * Finds a number by two others: the record of a pane by slice and slot. Open addressing in one typed array, three words
 * a place, at most half full; what is taken out leaves no gap, later ones of its chain move up.
 *
 * Of the slice's index the lower 32 bits are kept: slices that are alive at once lie nowhere near 2^32 panes apart,
 * which are 136 years of the shortest panes.
 */
export class RecordIndex {
  #table = new Int32Array(64 * FIELDS)
  #mask = 63
  #size = 0

  /** @returns −1 where there is none. */
  find(index: number, slot: number): number {
    const table = this.#table
    const low = index | 0
    for (let place = hashOf(low, slot) & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * FIELDS
      const record = (table[at] as number) - 1
      if (record < 0 || (table[at + 1] === low && table[at + 2] === slot)) return record
    }
  }

  /** There must be none of this slice and slot. */
  add(index: number, slot: number, record: number): void {
    this.#size++
    if (2 * this.#size > this.#mask) this.#grow()
    this.#put(index | 0, slot, record)
  }

  /** There must be one of this slice and slot. */
  remove(index: number, slot: number): void {
    this.#size--
    const table = this.#table
    const mask = this.#mask
    const low = index | 0
    let gap = hashOf(low, slot) & mask
    while (table[gap * FIELDS + 1] !== low || table[gap * FIELDS + 2] !== slot) gap = (gap + 1) & mask
    for (let place = (gap + 1) & mask; table[place * FIELDS] !== 0; place = (place + 1) & mask) {
      const at = place * FIELDS
      const home = hashOf(table[at + 1] as number, table[at + 2] as number) & mask
      // One whose way from home to here does not pass the gap stays.
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      table.copyWithin(gap * FIELDS, at, at + FIELDS)
      gap = place
    }
    table.fill(0, gap * FIELDS, gap * FIELDS + FIELDS)
  }

  #put(low: number, slot: number, record: number): void {
    const table = this.#table
    let place = hashOf(low, slot) & this.#mask
    while (table[place * FIELDS] !== 0) place = (place + 1) & this.#mask
    table[place * FIELDS] = record + 1
    table[place * FIELDS + 1] = low
    table[place * FIELDS + 2] = slot
  }

  #grow(): void {
    const before = this.#table
    this.#table = new Int32Array(before.length * 2)
    this.#mask = this.#mask * 2 + 1
    for (let at = 0; at < before.length; at += FIELDS) {
      if (before[at] !== 0) this.#put(before[at + 1] as number, before[at + 2] as number, (before[at] as number) - 1)
    }
  }
}

/** Record + 1 (0: free), lower bits of the index, slot. */
const FIELDS = 3

function hashOf(low: number, slot: number): number {
  const mixed = Math.imul(Math.imul(low, 0x9e3779b1) ^ slot, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
