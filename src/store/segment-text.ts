import type { SegmentLabels } from '../event/segment.ts'

/** A segment as stored: JSON with its names sorted, so that equal segments are equal texts. */
export function segmentText(segment: SegmentLabels): string {
  let text = texts.get(segment)
  if (text === undefined) {
    text = JSON.stringify(
      Object.fromEntries(Object.entries(segment).sort(([left], [right]) => (left < right ? -1 : 1))),
    )
    texts.set(segment, text)
  }
  return text
}

/** Rows of one segment mostly share one object. */
const texts = new WeakMap<SegmentLabels, string>()
