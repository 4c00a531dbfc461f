import { Histogram } from '../../windows/histogram.ts'
import { measureBucketMiddle } from '../../windows/measure-buckets.ts'

/** Amounts in the measure's own unit, except `sum`. Without events every amount is undefined, and `sum` 0. */
export type MeasureSum = {
  readonly count: number
  /** Exact: whole numbers of 10^−decimals. */
  readonly sum: bigint
  readonly decimals: number
  readonly min: number | undefined
  readonly max: number | undefined
  readonly avg: number | undefined
  /**
   * Within 1.1 % of the nearest-rank value; undefined too where the decimals changed within the time that is summed,
   * since buckets of two scales do not add up.
   */
  readonly p50: number | undefined
  readonly p90: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

/** Panes of one number of decimals together. */
export type MeasureSumRow = {
  readonly decimals: number
  readonly all_count: number
  readonly sum_text: string
  readonly least_text: string | null
  readonly most_text: string | null
  readonly all_zero: number
  readonly all_buckets: Readonly<Record<string, number>>
  readonly all_negative: Readonly<Record<string, number>>
}

/** What `measureSumColumns` is made of, with `decimals`. */
export const summedMeasureColumns = [
  'decimals',
  'count',
  'sum',
  'min',
  'max',
  'zero_count',
  'buckets',
  'negative_buckets',
]

export const measureSumColumns = `
  sum(count) AS all_count,
  toString(sum(sum)) AS sum_text,
  toString(min(min)) AS least_text,
  toString(max(max)) AS most_text,
  sum(zero_count) AS all_zero,
  sumMap(buckets) AS all_buckets,
  sumMap(negative_buckets) AS all_negative`

/** @param rows of one time, one for each number of decimals that its panes have. */
export function measureSum(rows: readonly MeasureSumRow[]): MeasureSum {
  const filled = rows.filter(row => row.all_count > 0)
  const decimals = Math.max(0, ...filled.map(row => row.decimals))
  const count = filled.reduce((sum, row) => sum + row.all_count, 0)
  const sum = filled.reduce((sum, row) => sum + BigInt(row.sum_text) * 10n ** BigInt(decimals - row.decimals), 0n)
  const least = filled.map(row => Number(row.least_text) / 10 ** row.decimals)
  const most = filled.map(row => Number(row.most_text) / 10 ** row.decimals)
  const [only] = filled
  const quantiles = only !== undefined && filled.length === 1 ? quantilesOf(only) : () => undefined
  return {
    count,
    sum,
    decimals,
    min: count === 0 ? undefined : Math.min(...least),
    max: count === 0 ? undefined : Math.max(...most),
    avg: count === 0 ? undefined : Number(sum) / 10 ** decimals / count,
    p50: quantiles(0.5),
    p90: quantiles(0.9),
    p95: quantiles(0.95),
    p99: quantiles(0.99),
  }
}

/** As `measureStatisticsOf` answers: the middle of a bucket, kept within what was seen. */
function quantilesOf(row: MeasureSumRow): (q: number) => number | undefined {
  const values = new Histogram(Number.NEGATIVE_INFINITY, measureBucketMiddle)
  if (row.all_zero > 0) values.add(0, row.all_zero)
  for (const [index, count] of Object.entries(row.all_buckets)) values.add(1 + Number(index), count)
  for (const [index, count] of Object.entries(row.all_negative)) values.add(-1 - Number(index), count)
  const scale = 10 ** row.decimals
  return q => {
    const middle = values.quantile(q)
    if (middle === undefined) return undefined
    return Math.min(Number(row.most_text), Math.max(Number(row.least_text), middle)) / scale
  }
}
