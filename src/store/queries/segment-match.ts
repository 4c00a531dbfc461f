import type { SegmentLabels } from '../../event/segment.ts'

/*
 * A segment is stored as the JSON of its dimensions, so one of them stands in it as `"warehouse":"WH-1"`. A text that is
 * searched for begins with the quote that opens a name and ends with the quote that closes a value, or with null; inside
 * a name or a value every quote has a backslash before it. So it is found where the dimension stands, and nowhere else.
 */

/**
 * A condition on the column `segment`; asks for the parameter `parts`, which `segmentParts` gives of the same segment.
 *
 * One comparison for each part, not one over their array: the engine makes it once for each segment that there is, not
 * for each row.
 */
export const matchesParts = (segment: SegmentLabels): string =>
  ['1', ...segmentParts(segment).map((_, at) => `position(segment, {parts:Array(String)}[${at + 1}]) > 0`)].join(
    ' AND ',
  )

/** The texts that stand in a stored segment which has all these values; none for `{}`, which matches every segment. */
export const segmentParts = (segment: SegmentLabels): string[] =>
  Object.entries(segment).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)

/** Whether no dimension is named: then the total is asked for, which counts visits of all segments. */
export const isTotal = (segment: SegmentLabels | undefined): boolean =>
  segment === undefined || Object.keys(segment).length === 0

/** Conditions on the series of a stage or a measure, for `timedRows`. */
export const seriesCondition = (of: 'stage' | 'measure', segment: SegmentLabels | undefined): string =>
  segment === undefined || isTotal(segment)
    ? `${of} = {${of}:String} AND total = 1 AND segment = '{}'`
    : `${of} = {${of}:String} AND total = 0 AND ${matchesParts(segment)}`
