/** Rows that wait to be written: one for each key, the newest; in the order in which their keys first came. */
export class RowBuffer<Row> {
  readonly #keyOf: (row: Row) => string
  readonly #isOlder: (row: Row, than: Row) => boolean
  readonly #bytesOf: (row: Row) => number
  readonly #rows = new Map<string, Row>()
  #bytes = 0

  /** @param bytesOf about how much memory a row takes; the same for the same row each time it is asked. */
  constructor(keyOf: (row: Row) => string, isOlder: (row: Row, than: Row) => boolean, bytesOf: (row: Row) => number) {
    this.#keyOf = keyOf
    this.#isOlder = isOlder
    this.#bytesOf = bytesOf
  }

  get size(): number {
    return this.#rows.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A row of the same key that is not newer gives way. */
  put(row: Row): void {
    const key = this.#keyOf(row)
    const former = this.#rows.get(key)
    if (former !== undefined) {
      if (this.#isOlder(row, former)) return
      this.#bytes -= this.#bytesOf(former)
    }
    this.#rows.set(key, row)
    this.#bytes += this.#bytesOf(row)
  }

  /** Takes out the rows that have waited longest: at most `maxRows`, and at most `maxBytes` unless one alone is more. */
  take(maxRows: number, maxBytes: number): { readonly rows: Row[]; readonly bytes: number } {
    const { keys, rows, bytes } = this.#oldest(maxRows, maxBytes)
    for (const key of keys) this.#rows.delete(key)
    this.#bytes -= bytes
    return { rows, bytes }
  }

  /** The rows that `take` would take out; they go on waiting. */
  oldest(maxRows: number, maxBytes: number): readonly Row[] {
    return this.#oldest(maxRows, maxBytes).rows
  }

  /** Takes out those of the rows that still wait; what has come in the place of one stays. */
  remove(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = this.#keyOf(row)
      if (this.#rows.get(key) !== row) continue
      this.#rows.delete(key)
      this.#bytes -= this.#bytesOf(row)
    }
  }

  values(): IterableIterator<Row> {
    return this.#rows.values()
  }

  #oldest(
    maxRows: number,
    maxBytes: number,
  ): { readonly keys: string[]; readonly rows: Row[]; readonly bytes: number } {
    const keys: string[] = []
    const rows: Row[] = []
    let bytes = 0
    for (const [key, row] of this.#rows) {
      const more = this.#bytesOf(row)
      if (rows.length === maxRows || (rows.length > 0 && bytes + more > maxBytes)) break
      keys.push(key)
      rows.push(row)
      bytes += more
    }
    return { keys, rows, bytes }
  }
}
