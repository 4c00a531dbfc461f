import type { AlertTransition } from '../../alerts/transition.ts'
import { compareUtf8 } from '../../cases/event-order.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { MeasurePaneRow, PaneRow, VisitRow } from '../../shard/output.ts'

/** By case (its UTF-8 bytes, as `LC_ALL=C sort` has it), start, and the ordinal of those that start at once. */
export const compareVisits = (a: VisitRow, b: VisitRow) =>
  compareUtf8(a.case, b.case) || a.start - b.start || a.ordinal - b.ordinal

/** By segment (the total first), start, and the partition they come from. */
export const comparePanes = (a: PaneRow | MeasurePaneRow, b: PaneRow | MeasurePaneRow) =>
  Number(b.total) - Number(a.total) ||
  compareSegments(a.segment, b.segment) ||
  a.start - b.start ||
  a.partition - b.partition ||
  compareUtf8(a.source, b.source)

/** By time; at one time by process, rule and segment; those of one alert as they happened. */
export const compareAlerts = (a: AlertTransition, b: AlertTransition) =>
  a.at - b.at ||
  compareUtf8(a.process, b.process) ||
  compareUtf8(a.rule, b.rule) ||
  compareSegments(a.segment, b.segment)

/** Value by value in the order of the dimensions; unknown before known. */
function compareSegments(a: SegmentLabels, b: SegmentLabels): number {
  const left = Object.values(a)
  const right = Object.values(b)
  for (const [index, value] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (value === other) continue
    if (value === null || other === null) return value === null ? -1 : 1
    return compareUtf8(value, other)
  }
  return left.length - right.length
}
