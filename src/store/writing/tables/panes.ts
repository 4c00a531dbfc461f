import type { BucketCounts, PaneRow } from '../../../shard/output.ts'
import { ZERO_BUCKET } from '../../../windows/histogram.ts'
import { isOlderVersion, versionText } from '../../row-version.ts'
import { segmentText } from '../../segment-text.ts'
import { keyOf, type Table } from './table.ts'

export const paneTable: Table<PaneRow> = {
  name: 'panes',
  columns: [
    'process',
    'stage',
    'total',
    'segment',
    'start_ms',
    'source',
    'partition',
    'end_ms',
    'entered',
    'exited',
    'abandoned',
    'expired',
    'reworked',
    'breached',
    'sum_ms',
    'min_ms',
    'max_ms',
    'zero_count',
    'bucket_indices',
    'bucket_counts',
    'business_sum_ms',
    'business_min_ms',
    'business_max_ms',
    'business_zero_count',
    'business_bucket_indices',
    'business_bucket_counts',
    'version',
  ],
  valuesOf: row => {
    const { business } = row
    return [
      row.process,
      row.stage,
      row.total ? 1 : 0,
      segmentText(row.segment),
      row.start,
      row.source,
      row.partition,
      row.end,
      row.entered,
      row.exited,
      row.abandoned,
      row.expired,
      row.reworked,
      row.breached,
      row.sumMs,
      row.minMs ?? null,
      row.maxMs ?? null,
      ...histogramOf(row.buckets),
      business?.sumMs ?? null,
      business?.minMs ?? null,
      business?.maxMs ?? null,
      ...histogramOf(business?.buckets ?? []),
      versionText(row),
    ]
  },
  keyOf: row =>
    keyOf(row.process, row.stage, row.total ? 1 : 0, segmentText(row.segment), row.start, row.source, row.partition),
  isOlder: isOlderVersion,
  bytesOf: row => 700 + 80 * (row.buckets.length + (row.business?.buckets.length ?? 0)),
}

/** Zeros, indices of the other buckets, their counts. */
function histogramOf(buckets: BucketCounts): [zeros: number, indices: number[], counts: number[]] {
  const [first] = buckets
  const zeros = first?.[0] === ZERO_BUCKET ? first[1] : 0
  const above = zeros > 0 ? buckets.slice(1) : buckets
  return [zeros, above.map(([index]) => index), above.map(([, count]) => count)]
}
