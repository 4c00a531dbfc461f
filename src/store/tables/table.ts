import { setImmediate as nextTurn } from 'node:timers/promises'
import { RowBuffer } from '../row-buffer.ts'

/** How rows of one table are told apart, and written as a line of `JSONCompactEachRow`. */
export type Table<Row> = {
  readonly name: string
  readonly columns: readonly string[]
  readonly valuesOf: (row: Row) => readonly unknown[]
  readonly keyOf: (row: Row) => string
  readonly isOlder: (row: Row, than: Row) => boolean
  /** About the memory that a waiting row takes. */
  readonly bytesOf: (row: Row) => number
}

export const newBuffer = <Row>(table: Table<Row>): RowBuffer<Row> =>
  new RowBuffer(table.keyOf, table.isOlder, table.bytesOf)

export const keyOf = (...parts: readonly (string | number)[]): string => parts.join('\0')

/** Rows without a version are the same whenever they are written again. */
export const neverOlder = (): boolean => false

/** So many rows are put into words before other work gets its turn: a few milliseconds' worth. */
const rowsPerTurn = 500

/** The rows of a batch as the engine reads them. */
export async function linesOf<Row>(table: Table<Row>, rows: readonly Row[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let from = 0; from < rows.length; from += rowsPerTurn) {
    if (from > 0) await nextTurn()
    const slice = rows.slice(from, from + rowsPerTurn)
    parts.push(Buffer.from(slice.map(row => `${JSON.stringify(table.valuesOf(row))}\n`).join('')))
  }
  return Buffer.concat(parts)
}
