import type { Branded } from './brand.ts'
import type { AttributeValue } from './event.ts'

/** Where visits of segments past `max_segments` are counted. */
export const OTHER = '__other__'

/** A combination of values of a stage's `by` dimensions, in their order, as a JSON array of strings and nulls. */
export type SegmentKey = Branded<string, 'SegmentKey'>

export type SegmentLabels = Readonly<Record<string, string | null>>

/** The one segment of a stage without `by`, and of the total. */
export const TOTAL = '[]' as SegmentKey

/** @param values in the order of the stage's `by`; an unknown dimension is null. */
export const segmentKey = (values: readonly AttributeValue[]): SegmentKey =>
  JSON.stringify(values.map(value => (value === null ? null : String(value)))) as SegmentKey

export const segmentValues = (key: SegmentKey): (string | null)[] => JSON.parse(key)

/** @param names of the dimensions, in the order of the key's values. */
export function segmentLabels(names: readonly string[], key: SegmentKey): SegmentLabels {
  const values = segmentValues(key)
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))
}
