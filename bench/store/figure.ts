/** A line of the bench's table. */
export type Figure = {
  readonly what: string
  readonly is: string
  /** What is hoped for; empty: nothing is. */
  readonly wanted?: string
}

/** As Markdown, with a word where a wish was missed. */
export function tableOf(figures: readonly Figure[]): string[] {
  const lines = figures.map(({ what, is, wanted = '' }) => [what, is, wanted])
  const widths = [0, 1, 2].map(column => Math.max(...lines.map(line => line[column]!.length), 6))
  const lineOf = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  return [lineOf(['', '', 'wanted']), lineOf(widths.map(width => '-'.repeat(width))), ...lines.map(lineOf)]
}

export const atMost = (value: number, most: number, unit: string): string =>
  value <= most ? `≤ ${most} ${unit}` : `≤ ${most} ${unit}: missed`
