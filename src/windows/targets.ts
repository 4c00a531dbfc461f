import { type SegmentKey, segmentValues } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import type { StageDefinition } from '../model/definitions.ts'

/** The target in ms of visits of a segment; undefined where the stage, or this segment of it, has none. */
export type TargetOf = (segment: SegmentKey) => number | undefined

/**
 * When a visit is due by its target: the last instant at which it has not taken longer.
 *
 * @returns NaN where it never is.
 */
export function dueByTarget(
  start: number,
  targetMs: number | undefined,
  calendar: BusinessCalendar | undefined,
): number {
  if (targetMs === undefined) return Number.NaN
  if (calendar === undefined) return start + targetMs
  const over = calendar.addBusinessMs(start, targetMs + 1)
  return over === undefined ? Number.NaN : over - 1
}

export function targetsOf(stage: StageDefinition): TargetOf {
  const { target } = stage
  if (target === undefined) return () => undefined
  if (target.by.length === 0) return () => target.defaultMs
  const known = new Map<SegmentKey, number | undefined>()
  return segment => {
    if (known.has(segment)) return known.get(segment)
    const values = segmentValues(segment)
    const own = target.by.find(({ attribute, value }) => values[stage.by.indexOf(attribute)] === value)
    const found = own?.targetMs ?? target.defaultMs
    // Bounded by the segments that may be kept; a stream of ever new values starts it afresh.
    if (known.size > 10_000) known.clear()
    known.set(segment, found)
    return found
  }
}
