import type { Chance } from './lateness.ts'

/*
 * How a visit stands to its due instant.
 *
 *     open    at ≤ due   on_time     P(late) < level
 *                        due_soon    P(late) ≥ level: it will probably be late
 *             at > due   overdue
 *     ended   end ≤ due  met
 *             end > due  met_late
 *
 * "Soon" is not a span of time before the due instant: an hour is plenty for a stage of minutes and hopeless for one of
 * days. What counts is what the life table says of a visit of this age.
 */

export type OpenDeadlineState = 'on_time' | 'due_soon' | 'overdue'
export type EndedDeadlineState = 'met' | 'met_late'
export type DeadlineState = OpenDeadlineState | EndedDeadlineState

/**
 * @param at T in ms since the epoch.
 * @param late of `chanceLate` or `CaseLateness`.
 * @param level in 0..1, above 0.
 * @returns undefined where the life table does not reach far enough to tell `on_time` from `due_soon`.
 */
export function openDeadlineState(due: number, at: number, late: Chance, level: number): OpenDeadlineState | undefined {
  if (at > due) return 'overdue'
  if (late.low >= level) return 'due_soon'
  return late.high < level ? 'on_time' : undefined
}

/** Of a visit that completed; one that was abandoned or has expired neither met its deadline nor missed it. */
export const endedDeadlineState = (due: number, end: number): EndedDeadlineState => (end <= due ? 'met' : 'met_late')
