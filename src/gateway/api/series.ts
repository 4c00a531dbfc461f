import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { SeriesPoint } from '../../protocol/history.ts'
import type { PaneSum } from './history-reader.ts'

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
 * The store keeps what came and went, not what was open, so WIP is counted backwards from what is open now. Rows that
 * the store has not received yet shift the whole line by the few visits in them.
 *
 * @param wipNow open visits at the end of the last step; undefined: the points say null.
 */
export function fillSeries(
  sums: readonly PaneSum[],
  range: { readonly from: Instant; readonly to: Instant; readonly stepMs: number },
  wipNow: number | undefined,
): SeriesPoint[] {
  const byStart = new Map(sums.map(sum => [sum.start as number, sum]))
  const points: SeriesPoint[] = []
  let wip = wipNow
  for (let start = range.to - range.stepMs; start >= range.from; start -= range.stepMs) {
    const sum = byStart.get(start)
    points.push({
      start: formatInstant(instant(start)),
      end: formatInstant(instant(start + range.stepMs)),
      entered: sum?.entered ?? 0,
      exited: sum?.exited ?? 0,
      abandoned: sum?.abandoned ?? 0,
      expired: sum?.expired ?? 0,
      breached: sum?.breached ?? 0,
      p50_ms: sum?.p50Ms ?? null,
      p90_ms: sum?.p90Ms ?? null,
      wip: wip === undefined ? null : Math.max(0, wip),
    })
    if (sum && wip !== undefined) wip += sum.exited + sum.abandoned + sum.expired - sum.entered
  }
  return points.reverse()
}
