import { setImmediate as nextTurn } from 'node:timers/promises'
import { RowBuffer } from '../row-buffer.ts'

/** How rows of one table are told apart, and written as an array of `JSONCompactEachRow`. */
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

/**
 * The rows of a batch as the engine reads them: lines of some hundred rows each, with commas between them as the format
 * allows. One call for many rows takes a third less than one call for each.
 */
export async function linesOf<Row>(table: Table<Row>, rows: readonly Row[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let from = 0; from < rows.length; from += rowsPerTurn) {
    if (from > 0) await nextTurn()
    parts.push(Buffer.from(`${textOf(rows.slice(from, from + rowsPerTurn).map(table.valuesOf))}\n`))
  }
  return Buffer.concat(parts)
}

function textOf(rows: readonly (readonly unknown[])[]): string {
  const text = JSON.stringify(rows)
  // Seldom so: JSON has an escape sequence only for half of a surrogate pair.
  const readable = text.includes('\\ud') ? JSON.stringify(rows.map(values => values.map(withoutHalves))) : text
  return readable.slice(1, -1)
}

/**
 * Half of a surrogate pair has no UTF-8. Of some the engine makes their escape sequence, of others bytes that nobody can
 * read; here all become their escape sequence.
 */
const withoutHalves = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, half => `\\u${half.charCodeAt(0).toString(16)}`) : value
