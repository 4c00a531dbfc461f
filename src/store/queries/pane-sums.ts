import { type Instant, instant } from '../../event/instant.ts'
import type { BucketCounts } from '../../shard/output.ts'
import { Histogram, ZERO_BUCKET } from '../../windows/histogram.ts'
import type { PaneSum, StoredPane } from '../stored.ts'

/** Counts of visits summed over panes, named by the column that was summed. */
type VisitCounts = {
  readonly at_ms: number
  readonly all_entered: number
  readonly all_exited: number
  readonly all_abandoned: number
  readonly all_expired: number
  readonly all_reworked: number
  readonly all_breached: number
}

const visitCounts = `
  sum(entered) AS all_entered,
  sum(exited) AS all_exited,
  sum(abandoned) AS all_abandoned,
  sum(expired) AS all_expired,
  sum(reworked) AS all_reworked,
  sum(breached) AS all_breached`

/**
 * A histogram as two columns of the same length, by rising bucket. Not as an object by bucket: one with whole numbers as
 * keys is an array up to the highest of them, and a day by minute has 1,440.
 */
type CountedBuckets = readonly [indices: readonly number[], counts: readonly number[]]

/** The sum of a column of histograms, to be read as `CountedBuckets`. */
const sumOfBuckets = (buckets: string): string => `sumMap(mapKeys(${buckets}), mapValues(${buckets}))`

/** Durations of several panes together. */
type DurationSums = {
  readonly all_sum_ms: number
  readonly least_ms: number | null
  readonly most_ms: number | null
  readonly all_zero: number
  readonly all_buckets: CountedBuckets
}

/** Sums over panes with durations in the stage's own time: business time where the pane has it. */
export type PaneSumRow = VisitCounts & DurationSums

/** What `paneSumColumns` is made of. */
export const summedColumns = [
  ...['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'min_ms', 'max_ms', 'zero_count'],
  ...['buckets', 'business_sum_ms', 'business_min_ms', 'business_max_ms', 'business_zero_count', 'business_buckets'],
]

export const paneSumColumns = `${visitCounts},
  sum(ifNull(business_sum_ms, sum_ms)) AS all_sum_ms,
  min(ifNull(business_min_ms, min_ms)) AS least_ms,
  max(ifNull(business_max_ms, max_ms)) AS most_ms,
  sum(if(isNull(business_sum_ms), zero_count, business_zero_count)) AS all_zero,
  ${sumOfBuckets('if(isNull(business_sum_ms), buckets, business_buckets)')} AS all_buckets`

/** One pane, merged over the partitions that wrote it: durations by the wall clock, and in business time beside them. */
export type PaneColumns = VisitCounts &
  DurationSums & {
    readonly stage: string
    readonly total: number
    readonly segment: string
    readonly last_ms: number
    /** 1 where all partitions wrote business time. */
    readonly has_business: number
    readonly business_sum: number | null
    readonly business_least: number | null
    readonly business_most: number | null
    readonly business_zeros: number
    readonly business_all_buckets: CountedBuckets
  }

export const paneColumns = `${visitCounts},
  sum(sum_ms) AS all_sum_ms,
  min(min_ms) AS least_ms,
  max(max_ms) AS most_ms,
  sum(zero_count) AS all_zero,
  ${sumOfBuckets('buckets')} AS all_buckets,
  countIf(isNull(business_sum_ms)) = 0 AS has_business,
  sum(business_sum_ms) AS business_sum,
  min(business_min_ms) AS business_least,
  max(business_max_ms) AS business_most,
  sum(business_zero_count) AS business_zeros,
  ${sumOfBuckets('business_buckets')} AS business_all_buckets`

const countsOf = (row: VisitCounts) => ({
  entered: row.all_entered,
  exited: row.all_exited,
  abandoned: row.all_abandoned,
  expired: row.all_expired,
  reworked: row.all_reworked,
  breached: row.all_breached,
})

const extremesOf = (row: DurationSums) => ({ minMs: row.least_ms ?? undefined, maxMs: row.most_ms ?? undefined })

export function paneSum(row: PaneSumRow): PaneSum {
  const durations = new Histogram()
  if (row.all_zero > 0) durations.add(ZERO_BUCKET, row.all_zero)
  const [indices, counted] = row.all_buckets
  for (let at = 0; at < indices.length; at++) durations.add(indices[at] as number, counted[at] as number)
  const counts = countsOf(row)
  const extremes = extremesOf(row)
  const quantile = (q: number) => within(durations.quantile(q), extremes.minMs, extremes.maxMs)
  return {
    start: instant(row.at_ms),
    ...counts,
    sumMs: row.all_sum_ms,
    ...extremes,
    avgMs: counts.exited === 0 ? undefined : row.all_sum_ms / counts.exited,
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
  }
}

function bucketsOf(zeros: number, [indices, counts]: CountedBuckets): BucketCounts {
  const filled = indices.map((index, at) => [index, counts[at] as number] as const).filter(([, count]) => count > 0)
  return zeros > 0 ? [[ZERO_BUCKET, zeros], ...filled] : filled
}

export const paneOf = (row: PaneColumns, process: string): StoredPane => ({
  process,
  stage: row.stage,
  segment: JSON.parse(row.segment),
  total: row.total === 1,
  start: instant(row.at_ms) as Instant,
  end: instant(row.last_ms),
  ...countsOf(row),
  sumMs: row.all_sum_ms,
  ...extremesOf(row),
  buckets: bucketsOf(row.all_zero, row.all_buckets),
  business:
    row.has_business === 0
      ? undefined
      : {
          sumMs: row.business_sum ?? 0,
          minMs: row.business_least ?? undefined,
          maxMs: row.business_most ?? undefined,
          buckets: bucketsOf(row.business_zeros, row.business_all_buckets),
        },
})

/** A bucket's middle may lie outside what was seen; the extremes are exact. */
const within = (ms: number | undefined, least: number | undefined, most: number | undefined) =>
  ms === undefined ? undefined : Math.min(most ?? ms, Math.max(least ?? ms, ms))
