import { stringify } from 'csv-stringify/sync'

/** One line; what is nested becomes columns of its own, named by the way to it: `segment.warehouse`. Lists are told as JSON. */
export type CsvRow = { readonly [column: string]: unknown }

/**
 * Rows as CSV (RFC 4180) with a line of names, columns in the order in which they first appear. What is null or missing is empty.
 *
 * A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@` (or their full-width forms), a tab or a line's end, is given an
 * apostrophe before it; numbers stay numbers.
 */
export function csvOf(rows: readonly CsvRow[]): string {
  const flat = rows.map(row => Object.fromEntries(cellsOf(row)))
  const columns = [...new Set(flat.flatMap(row => Object.keys(row)))]
  if (columns.length === 0) return ''
  return stringify(flat, {
    header: true,
    columns,
    record_delimiter: 'windows',
    escape_formulas: true,
    // A line's end of one kind alone ends a line for some.
    quoted_match: /[\r\n]/,
    cast: {
      number: value => ({ value: String(value), escape_formulas: false }),
      boolean: value => String(value),
      object: value => JSON.stringify(value),
    },
  })
}

function cellsOf(row: CsvRow, before = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? cellsOf(value as CsvRow, `${before}${name}.`)
      : [[before + name, value]],
  )
}
