import { chanceLate } from './lateness.ts'
import type { CountRange } from './lateness-count.ts'
import type { LifeTable } from './life-table.ts'
import { ageOf, type OverdueQuestion } from './open-ages.ts'
import { lastPaneBefore } from './span.ts'

/**
 * How many open visits will probably exceed their target, those that have included: P(late | age) = S(target) / S(age).
 *
 * For whoever has no `late_risk`, which keeps a history of its own; this reads a table that is there.
 *
 * @param level from which P(late) on they count; in 0..1, above 0.
 */
export function lateByTarget(
  { overdueParts, paneMs, at }: OverdueQuestion,
  table: LifeTable,
  level: number,
): CountRange {
  let low = 0
  let high = 0
  for (const { series, targetMs } of overdueParts) {
    if (targetMs === undefined) continue
    series.open.forEachUntil(lastPaneBefore(at, paneMs), (pane, count) => {
      const chance = chanceLate(table, ageOf(pane, paneMs, at, series.calendar), targetMs)
      if (chance.low >= level) low += count
      if (chance.high >= level) high += count
    })
  }
  return { low, high }
}
