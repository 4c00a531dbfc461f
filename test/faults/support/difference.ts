import type { Cells } from './expected-cells.ts'

/** Of each kind told at most: one mistake shows in hundreds of cells. */
const MOST = 8

export type Difference = {
  /** Cells that were compared. */
  readonly cells: number
  /** Cells of which one side lacks the other's line. */
  readonly differing: number
  /** In words, the first of each kind. */
  readonly told: readonly string[]
}

/** Both sides have their lines sorted. */
export function differenceOf(stored: Cells, expected: Cells): Difference {
  let cells = 0
  let differing = 0
  const told: string[] = []
  for (const kind of ['visits', 'panes', 'measures', 'counts'] as const) {
    cells += expected[kind].length
    const [found, wanted] = [new Set(stored[kind]), new Set(expected[kind])]
    const missing = expected[kind].filter(line => !found.has(line))
    const surplus = stored[kind].filter(line => !wanted.has(line))
    const repeated = stored[kind].length - found.size
    differing += Math.max(missing.length, surplus.length) + repeated
    told.push(
      ...missing.slice(0, MOST).map(line => `${kind}: not stored    ${line}`),
      ...surplus.slice(0, MOST).map(line => `${kind}: not expected  ${line}`),
      ...(repeated > 0 ? [`${kind}: ${repeated} are stored twice`] : []),
    )
  }
  return { cells, differing, told }
}
