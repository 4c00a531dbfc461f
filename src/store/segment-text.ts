import type { SegmentLabels } from '../event/segment.ts'

/** A segment as stored: JSON with its names sorted, so that equal segments are equal texts. */
export const segmentText = (segment: SegmentLabels): string => {
  const names = Object.keys(segment)
  if (names.length < 2) return JSON.stringify(segment)
  return JSON.stringify(Object.fromEntries(names.sort().map(name => [name, segment[name] ?? null])))
}
