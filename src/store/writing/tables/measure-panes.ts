import type { MeasurePaneRow } from '../../../shard/output.ts'
import { isOlderVersion, versionText } from '../../row-version.ts'
import { segmentText } from '../../segment-text.ts'
import { keyOf, type Table } from './table.ts'

export const measurePaneTable: Table<MeasurePaneRow> = {
  name: 'measure_panes',
  columns: [
    'process',
    'measure',
    'total',
    'segment',
    'start_ms',
    'source',
    'partition',
    'end_ms',
    'decimals',
    'count',
    'sum',
    'min',
    'max',
    'zero_count',
    'bucket_indices',
    'bucket_counts',
    'negative_bucket_indices',
    'negative_bucket_counts',
    'distinct_values',
    'version',
  ],
  valuesOf: row => {
    // As `measureBucketOf` numbers them: 0 is zero, 1 … is index 0 …, −1 … the same mirrored.
    const above = row.buckets.filter(([bucket]) => bucket > 0)
    const below = row.buckets.filter(([bucket]) => bucket < 0)
    return [
      row.process,
      row.measure,
      row.total ? 1 : 0,
      segmentText(row.segment),
      row.start,
      row.source,
      row.partition,
      row.end,
      row.decimals,
      row.count,
      String(row.sum),
      row.min ?? null,
      row.max ?? null,
      row.buckets.find(([bucket]) => bucket === 0)?.[1] ?? 0,
      above.map(([bucket]) => bucket - 1),
      above.map(([, count]) => count),
      below.map(([bucket]) => -1 - bucket),
      below.map(([, count]) => count),
      row.distinct ?? null,
      versionText(row),
    ]
  },
  keyOf: row =>
    keyOf(row.process, row.measure, row.total ? 1 : 0, segmentText(row.segment), row.start, row.source, row.partition),
  isOlder: isOlderVersion,
  bytesOf: row => 700 + 80 * row.buckets.length,
}
