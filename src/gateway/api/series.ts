import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { Comparison, SeriesPoint, StageSums } from '../../protocol/history.ts'
import type { ComparedPoint } from '../../store/queries/steps.ts'
import type { PaneSum } from '../../store/stored.ts'

/** Steps that read well on a chart. */
const niceStepsMs = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400].map(s => s * 1_000)

/** The smallest step that reads well, is a multiple of the pane and gives at most `points` points. */
export function stepFor(rangeMs: number, paneMs: number, points: number): number {
  const least = Math.max(paneMs, rangeMs / points)
  return niceStepsMs.find(step => step >= least && step % paneMs === 0) ?? Math.ceil(least / paneMs) * paneMs
}

/**
 * Every step of [from, to), those without a row as zeros, with the open visits at the end of each.
 *
 * The store keeps what came and went, not what was open, so WIP is counted backwards from what is open at the end. Rows that
 * the store has not received yet shift the whole line by the few visits in them.
 *
 * @param wipAtEnd open visits at the end of the last step; undefined: the points say null.
 */
export function fillSeries(
  steps: readonly ComparedPoint<PaneSum>[],
  range: { readonly from: Instant; readonly to: Instant; readonly stepMs: number },
  compare: Comparison | undefined,
  wipAtEnd: number | undefined,
): { readonly points: SeriesPoint[]; readonly wipBefore: number | undefined } {
  const byStart = new Map(steps.map(step => [step.start as number, step]))
  const points: SeriesPoint[] = []
  let wip = wipAtEnd
  for (let start = range.to - range.stepMs; start >= range.from; start -= range.stepMs) {
    const step = byStart.get(start)
    points.push({
      start: formatInstant(instant(start)),
      end: formatInstant(instant(start + range.stepMs)),
      ...comparedSums(step, compare),
      wip: wip === undefined ? null : Math.max(0, wip),
    })
    if (wip !== undefined) wip -= netOf(step?.sums)
  }
  return { points: points.reverse(), wipBefore: wip === undefined ? undefined : Math.max(0, wip) }
}

/** By how many visits more are open at the end of it than at its beginning. */
export const netOf = (sums: PaneSum | undefined): number =>
  sums === undefined ? 0 : sums.entered - sums.exited - sums.abandoned - sums.expired

/** What a step, or a range as one, did; and what that did which it is compared with. */
export function comparedSums(step: ComparedPoint<PaneSum> | undefined, compare: Comparison | undefined) {
  const before = compare === 'week-before' ? step?.weekBefore : step?.periodBefore
  return { ...sumsView(step?.sums), ...(compare !== undefined && { before: sumsView(before) }) }
}

const sumsView = (sums: PaneSum | undefined): StageSums => ({
  entered: sums?.entered ?? 0,
  exited: sums?.exited ?? 0,
  abandoned: sums?.abandoned ?? 0,
  expired: sums?.expired ?? 0,
  reworked: sums?.reworked ?? 0,
  breached: sums?.breached ?? 0,
  avg_ms: sums?.avgMs ?? null,
  p50_ms: sums?.p50Ms ?? null,
  p90_ms: sums?.p90Ms ?? null,
  p99_ms: sums?.p99Ms ?? null,
})
