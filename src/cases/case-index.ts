/** Tells whether a case is the one that is being looked for. */
export type KeyTest = { isWanted(handle: number): boolean }

/**
 * Finds cases by the hash of their key: open addressing with linear probing, 8 bytes a slot.
 *
 * The table is cut into many by the hash's highest bits. Each grows by itself, so that a million cases more never cost a
 * pause: the longest is that of moving a 256th of them, by the hashes that stand in the table.
 */
export class CaseIndex {
  readonly #tables: Int32Array[] = Array.from({ length: TABLES }, () => new Int32Array(2 * SMALLEST))
  readonly #sizes = new Int32Array(TABLES)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The handle of the case with that hash for which `test` says yes; -1: there is none. */
  find(hash: number, test: KeyTest): number {
    const table = this.#tables[hash >>> SHIFT] as Int32Array
    const mask = table.length - 1
    let at = (hash << 1) & mask
    for (;;) {
      const handle = (table[at + 1] as number) - 1
      if (handle < 0) return -1
      if (table[at] === hash && test.isWanted(handle)) return handle
      at = (at + 2) & mask
    }
  }

  /** Adds a case that is not there. */
  add(hash: number, handle: number): void {
    const number = hash >>> SHIFT
    let table = this.#tables[number] as Int32Array
    const size = (this.#sizes[number] as number) + 1
    if (size * 8 > (table.length >> 1) * 6) {
      table = grown(table)
      this.#tables[number] = table
    }
    put(table, hash, handle + 1)
    this.#sizes[number] = size
    this.#size++
  }

  remove(hash: number, handle: number): void {
    const number = hash >>> SHIFT
    const table = this.#tables[number] as Int32Array
    const mask = table.length - 1
    let hole = (hash << 1) & mask
    while (table[hole + 1] !== handle + 1) {
      if (table[hole + 1] === 0) throw new Error(`case ${handle} is not in the index`)
      hole = (hole + 2) & mask
    }
    // Those behind move up, so that no probe ends too early: no marks of what was deleted are left.
    for (let at = (hole + 2) & mask; table[at + 1] !== 0; at = (at + 2) & mask) {
      const home = ((table[at] as number) << 1) & mask
      const isReachable = hole <= at ? home <= hole || home > at : home <= hole && home > at
      if (!isReachable) continue
      table[hole] = table[at] as number
      table[hole + 1] = table[at + 1] as number
      hole = at
    }
    table[hole] = 0
    table[hole + 1] = 0
    this.#sizes[number] = (this.#sizes[number] as number) - 1
    this.#size--
  }
}

const TABLES = 256
const SHIFT = 24
/** Slots of a table that is new. */
const SMALLEST = 8

function grown(table: Int32Array): Int32Array {
  const larger = new Int32Array(table.length * 2)
  for (let at = 0; at < table.length; at += 2) {
    const handle = table[at + 1] as number
    if (handle !== 0) put(larger, table[at] as number, handle)
  }
  return larger
}

function put(table: Int32Array, hash: number, stored: number): void {
  const mask = table.length - 1
  let at = (hash << 1) & mask
  while (table[at + 1] !== 0) at = (at + 2) & mask
  table[at] = hash
  table[at + 1] = stored
}
