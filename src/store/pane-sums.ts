import { type Instant, instant } from '../event/instant.ts'
import { Histogram, ZERO_BUCKET } from '../windows/histogram.ts'
import type { PaneSum, StoredPane } from './stored.ts'

/** The sums over panes as the store gives them, named by the column that was summed. */
export type PaneSumRow = {
  readonly at_ms: number
  readonly all_entered: number
  readonly all_exited: number
  readonly all_abandoned: number
  readonly all_expired: number
  readonly all_reworked: number
  readonly all_breached: number
  readonly all_sum_ms: number
  readonly least_ms: number | null
  readonly most_ms: number | null
  readonly all_zero: number
  readonly all_buckets: Readonly<Record<string, number>>
}

export const paneSumColumns = `
  sum(entered) AS all_entered,
  sum(exited) AS all_exited,
  sum(abandoned) AS all_abandoned,
  sum(expired) AS all_expired,
  sum(reworked) AS all_reworked,
  sum(breached) AS all_breached,
  sum(sum_ms) AS all_sum_ms,
  min(min_ms) AS least_ms,
  max(max_ms) AS most_ms,
  sum(zero_count) AS all_zero,
  sumMap(buckets) AS all_buckets`

const countsOf = (row: PaneSumRow) => ({
  entered: row.all_entered,
  exited: row.all_exited,
  abandoned: row.all_abandoned,
  expired: row.all_expired,
  reworked: row.all_reworked,
  breached: row.all_breached,
  sumMs: row.all_sum_ms,
  minMs: row.least_ms ?? undefined,
  maxMs: row.most_ms ?? undefined,
})

export function paneSum(row: PaneSumRow): PaneSum {
  const durations = new Histogram()
  if (row.all_zero > 0) durations.add(ZERO_BUCKET, row.all_zero)
  for (const [index, count] of Object.entries(row.all_buckets)) durations.add(Number(index), count)
  const counts = countsOf(row)
  const quantile = (q: number) => within(durations.quantile(q), counts.minMs, counts.maxMs)
  return {
    start: instant(row.at_ms),
    ...counts,
    avgMs: counts.exited === 0 ? undefined : counts.sumMs / counts.exited,
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p95Ms: quantile(0.95),
  }
}

export function bucketsOf(row: PaneSumRow): StoredPane['buckets'] {
  const filled = Object.entries(row.all_buckets)
    .filter(([, count]) => count > 0)
    .map(([index, count]) => [Number(index), count] as const)
    .sort(([left], [right]) => left - right)
  return row.all_zero > 0 ? [[ZERO_BUCKET, row.all_zero], ...filled] : filled
}

export const paneOf = (
  row: PaneSumRow & { stage: string; total: number; segment: string; last_ms: number },
  process: string,
): StoredPane => ({
  process,
  stage: row.stage,
  segment: JSON.parse(row.segment),
  total: row.total === 1,
  start: instant(row.at_ms) as Instant,
  end: instant(row.last_ms),
  ...countsOf(row),
  buckets: bucketsOf(row),
})

/** A bucket's middle may lie outside what was seen; the extremes are exact. */
const within = (ms: number | undefined, least: number | undefined, most: number | undefined) =>
  ms === undefined ? undefined : Math.min(most ?? ms, Math.max(least ?? ms, ms))
