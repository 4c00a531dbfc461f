/** Tells whether a case is the one that is being looked for. */
export type KeyTest = { isWanted(handle: number, reference: number): boolean }

/**
 * Finds cases by the hash of their key: open addressing with linear probing, 12 bytes a slot.
 *
 * A slot holds the hash, the case's handle and the reference of its block, so that a look at a slot leads straight to
 * the block: every further place to look costs a miss of the processor's cache. The table is cut into many by the hash's
 * highest bits. Each grows by itself, so that a million cases more never cost a pause: the longest is that of moving a
 * 256th of them, by the hashes that stand in the table.
 */
export class CaseIndex {
  readonly #tables: Int32Array[] = Array.from({ length: TABLES }, () => EMPTY)
  readonly #sizes = new Int32Array(TABLES)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The handle of the case with that hash for which `test` says yes; -1: there is none. */
  find(hash: number, test: KeyTest): number {
    const table = this.#tables[hash >>> SHIFT] as Int32Array
    const { length } = table
    let at = homeOf(hash, length)
    for (;;) {
      const handle = (table[at + HANDLE] as number) - 1
      if (handle < 0) return -1
      if (table[at] === hash && test.isWanted(handle, (table[at + REFERENCE] as number) >>> 0)) return handle
      at += WORDS
      if (at === length) at = 0
    }
  }

  /** The reference that stands where a case with that hash is looked for first; -1: none does. */
  foresee(hash: number): number {
    const table = this.#tables[hash >>> SHIFT] as Int32Array
    const at = homeOf(hash, table.length)
    return table[at + HANDLE] === 0 ? -1 : (table[at + REFERENCE] as number) >>> 0
  }

  /** Adds a case that is not there. */
  add(hash: number, handle: number, reference: number): void {
    const number = hash >>> SHIFT
    let table = this.#tables[number] as Int32Array
    const size = (this.#sizes[number] as number) + 1
    if (size * WORDS * 4 > table.length * 3) {
      table = grown(table)
      this.#tables[number] = table
    } else if (table === EMPTY) {
      table = new Int32Array(EMPTY.length)
      this.#tables[number] = table
    }
    put(table, hash, handle + 1, reference)
    this.#sizes[number] = size
    this.#size++
  }

  /** The case's block has moved. */
  move(hash: number, handle: number, reference: number): void {
    const table = this.#tables[hash >>> SHIFT] as Int32Array
    table[placeOf(table, hash, handle) + REFERENCE] = reference
  }

  remove(hash: number, handle: number): void {
    const number = hash >>> SHIFT
    const table = this.#tables[number] as Int32Array
    const { length } = table
    let hole = placeOf(table, hash, handle)
    // Those behind move up, so that no probe ends too early: no marks of what was deleted are left.
    for (let at = next(hole, length); table[at + HANDLE] !== 0; at = next(at, length)) {
      const home = homeOf(table[at] as number, length)
      const isReachable = hole <= at ? home <= hole || home > at : home <= hole && home > at
      if (!isReachable) continue
      for (let word = 0; word < WORDS; word++) table[hole + word] = table[at + word] as number
      hole = at
    }
    table.fill(0, hole, hole + WORDS)
    this.#sizes[number] = (this.#sizes[number] as number) - 1
    this.#size--
  }
}

const TABLES = 256
const SHIFT = 24
/** Slots of a table that is new; their number is always a power of two. */
const SMALLEST = 8

/** A slot: hash, handle plus 1 (0: the slot is free), reference. */
const WORDS = 3
const HANDLE = 1
const REFERENCE = 2

/** Stands for every table that nothing has been put into. */
const EMPTY = new Int32Array(WORDS * SMALLEST)

const homeOf = (hash: number, length: number): number => (hash & (((length / WORDS) | 0) - 1)) * WORDS

const next = (at: number, length: number): number => (at + WORDS === length ? 0 : at + WORDS)

function placeOf(table: Int32Array, hash: number, handle: number): number {
  const { length } = table
  let at = homeOf(hash, length)
  while (table[at + HANDLE] !== handle + 1) {
    if (table[at + HANDLE] === 0) throw new Error(`case ${handle} is not in the index`)
    at = next(at, length)
  }
  return at
}

function grown(table: Int32Array): Int32Array {
  const larger = new Int32Array(table.length * 2)
  for (let at = 0; at < table.length; at += WORDS) {
    const handle = table[at + HANDLE] as number
    if (handle !== 0) put(larger, table[at] as number, handle, table[at + REFERENCE] as number)
  }
  return larger
}

function put(table: Int32Array, hash: number, stored: number, reference: number): void {
  const { length } = table
  let at = homeOf(hash, length)
  while (table[at + HANDLE] !== 0) at = next(at, length)
  table[at] = hash
  table[at + HANDLE] = stored
  table[at + REFERENCE] = reference
}
