import type { StageSegments } from '../../protocol/stage-segments.ts'
import { keptChoice } from './kept.ts'

/*
 * The order of a stage's segments. The server lists the largest by what it can put in order; among those listed the page
 * sorts by any column.
 */

export const segmentSorts = ['segment', 'exited', 'p90_ms', 'breached', 'sum_ms', 'change'] as const
export type SegmentSort = (typeof segmentSorts)[number]

export const chosenSegmentSort = keptChoice<SegmentSort>('sort', segmentSorts, 'sum_ms')

/** What the server is asked to begin with the largest of. */
export const serverOrder = (sort: SegmentSort): 'exited' | 'breached' | 'sum_ms' =>
  sort === 'exited' || sort === 'breached' ? sort : 'sum_ms'

export type SegmentRow = StageSegments['segments'][number]

/** How much it adds to the change of the mean time of a case, in ms; undefined: that is not known. */
export const addedMs = ({ change }: Pick<SegmentRow, 'change'>): number | undefined =>
  change === null ? undefined : change.time_ms + change.mix_ms + change.rework_ms

/** The largest first, segments by name; what has no value comes last. */
export function sortedSegments(segments: readonly SegmentRow[], sort: SegmentSort): SegmentRow[] {
  const name = ({ segment }: SegmentRow) => Object.values(segment).join(' ')
  if (sort === 'segment') return segments.toSorted((a, b) => name(a).localeCompare(name(b)))
  const value = (row: SegmentRow) => (sort === 'change' ? addedMs(row) : row[sort]) ?? Number.NEGATIVE_INFINITY
  return segments.toSorted((a, b) => value(b) - value(a) || name(a).localeCompare(name(b)))
}
