import { computed } from '@preact/signals'
import type { Comparison } from '../../protocol/history.ts'
import { chosenRange, ranges } from './address.ts'
import { keptChoice, keptText } from './kept.ts'
import { now } from './live.ts'
import { evaluatedAt } from './selection.ts'

/*
 * The stretch of time that the stage view is about: one that goes along with now, or a fixed one.
 */

/** ISO 8601; both, or neither. */
export const chosenFrom = keptText('from')
export const chosenTo = keptText('to')
export const chosenComparison = keptChoice<Comparison | 'none'>(
  'compare',
  ['period-before', 'week-before', 'none'],
  'period-before',
)

export type TimeRange = { readonly from: number; readonly to: number }

/** undefined: none was chosen, or the address was edited to what is no range. */
export const fixedRange = computed<TimeRange | undefined>(() => {
  const [from, to] = [chosenFrom.value, chosenTo.value].map(text => Date.parse(text ?? ''))
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined
})

/** Says which range is meant; the same for a range that goes along with now. */
export const rangeKey = computed(() =>
  fixedRange.value === undefined ? chosenRange.value : `${fixedRange.value.from}–${fixedRange.value.to}`,
)

/** The range as it is at this moment. */
export function currentRange(): TimeRange {
  const fixed = fixedRange.peek()
  if (fixed !== undefined) return fixed
  // Up to the last evaluation: while history is being read, the wall clock is far ahead of it.
  const to = evaluatedAt.peek() ?? now.peek()
  return { from: to - ranges[chosenRange.peek()], to }
}

/** As parameters of the API. */
export function rangeParameters(): { readonly from: string; readonly to: string } {
  const { from, to } = currentRange()
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}
