import { type AgesQuestion, ageOf } from './open-ages.ts'
import { lastPaneBefore } from './span.ts'

/** Open visits with an age in [fromMs, toMs); the last bar has no end. */
export type AgeBar = { readonly fromMs: number; readonly toMs: number | undefined; readonly count: number }

const seconds = (...counts: readonly number[]) => counts.map(count => count * 1_000)
const DAY_S = 86_400

/** Where bars may end: so that minutes can be told apart as well as months. */
const edges = [
  ...seconds(10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200),
  ...seconds(DAY_S, 2 * DAY_S, 4 * DAY_S, 7 * DAY_S, 14 * DAY_S, 30 * DAY_S, 60 * DAY_S, 120 * DAY_S, 365 * DAY_S),
]

/** Targets that are edges; of more than these a bar would be as thin as a line. */
const MOST_TARGETS = 3

/**
 * The ages of the visits that are open at T, in bars that grow with them, in the stage's own time.
 *
 * An age is that of the middle of the pane of entry, so bars are no finer than panes. What exceeds a target lies in bars
 * behind it.
 *
 * @param targetsMs of the visits, where they have some.
 * @returns bars that follow on each other, youngest first, up to the one that holds the oldest visit; none: no visit is open.
 */
export function ageBars({ parts, paneMs, at }: AgesQuestion, targetsMs: readonly number[]): AgeBar[] {
  const targets = targetsMs.length > MOST_TARGETS ? [] : targetsMs
  // Over a target is what exceeds it; an edge at the target itself would make a bar of one ms.
  const round = edges.filter(edge => edge >= paneMs && !targets.includes(edge))
  const ends = [...new Set([...round, ...targets.map(target => target + 1)])].sort((left, right) => left - right)
  const counts = new Map<number, number>()
  for (const { series } of parts) {
    series.open.forEachUntil(lastPaneBefore(at, paneMs), (pane, count) => {
      const age = ageOf(pane, paneMs, at, series.calendar)
      const bar = ends.findIndex(end => age < end)
      const place = bar < 0 ? ends.length : bar
      counts.set(place, (counts.get(place) ?? 0) + count)
    })
  }
  const last = Math.max(-1, ...[...counts].filter(([, count]) => count > 0).map(([place]) => place))
  return Array.from({ length: last + 1 }, (_, place) => ({
    fromMs: place === 0 ? 0 : (ends[place - 1] as number),
    toMs: ends[place],
    count: counts.get(place) ?? 0,
  }))
}
