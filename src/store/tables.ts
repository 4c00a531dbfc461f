import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AlertTransition } from '../alerts/transition.ts'
import type { DeadLetter } from '../event/record.ts'
import type { BucketCounts, MeasurePaneRow, PaneRow, VisitRow } from '../shard/output.ts'
import { ZERO_BUCKET } from '../windows/histogram.ts'
import { RowBuffer } from './row-buffer.ts'
import { isOlderVersion, versionText } from './row-version.ts'
import { segmentText } from './segment-text.ts'

/** How rows of one table are told apart, and written as a line of `JSONCompactEachRow`. */
export type Table<Row> = {
  readonly name: string
  readonly columns: readonly string[]
  readonly valuesOf: (row: Row) => readonly unknown[]
  readonly keyOf: (row: Row) => string
  readonly isOlder: (row: Row, than: Row) => boolean
  /** About the memory that a waiting row takes. */
  readonly bytesOf: (row: Row) => number
}

export const newBuffer = <Row>(table: Table<Row>): RowBuffer<Row> =>
  new RowBuffer(table.keyOf, table.isOlder, table.bytesOf)

const key = (...parts: readonly (string | number)[]) => parts.join('\0')
/** Rows without a version are the same whenever they are written again. */
const neverOlder = () => false

export const visitTable: Table<VisitRow> = {
  name: 'visits',
  columns: [
    'process',
    'case_id',
    'stage',
    'start_ms',
    'ordinal',
    'visit',
    'end_ms',
    'outcome',
    'reason',
    'duration_ms',
    'business_ms',
    'segment',
    'attributes',
    'source',
    'partition',
    'version',
    'deleted',
  ],
  valuesOf: row => [
    row.process,
    row.case,
    row.stage,
    row.start,
    row.ordinal,
    row.visit,
    row.end ?? null,
    row.outcome,
    row.reason ?? null,
    row.durationMs ?? null,
    row.businessMs ?? null,
    segmentText(row.segment),
    JSON.stringify(row.attributes),
    row.source,
    row.partition,
    versionText(row),
    row.deleted ? 1 : 0,
  ],
  keyOf: row => key(row.process, row.case, row.stage, row.start, row.ordinal),
  isOlder: isOlderVersion,
  bytesOf: row => 700 + 2 * row.case.length,
}

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
    key(row.process, row.stage, row.total ? 1 : 0, segmentText(row.segment), row.start, row.source, row.partition),
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
    key(row.process, row.measure, row.total ? 1 : 0, segmentText(row.segment), row.start, row.source, row.partition),
  isOlder: isOlderVersion,
  bytesOf: row => 700 + 80 * row.buckets.length,
}

export const transitionTable: Table<AlertTransition> = {
  name: 'alert_transitions',
  columns: [
    'process',
    'id',
    'at_ms',
    'state',
    'from_state',
    'because',
    'rule',
    'stage',
    'measure',
    'segment',
    'since_ms',
    'fired_at_ms',
    'value',
    'owner',
    'severity',
    'summary',
    'explanation',
  ],
  valuesOf: row => [
    row.process,
    row.id,
    row.at,
    row.state,
    row.from,
    row.because,
    row.rule,
    row.stage ?? '',
    row.measure ?? '',
    segmentText(row.segment),
    row.since,
    row.firedAt ?? null,
    row.value ?? null,
    row.owner,
    row.severity,
    JSON.stringify(row.summary),
    JSON.stringify(row.explanation),
  ],
  keyOf: row => key(row.process, row.id, row.at, row.state),
  isOlder: neverOlder,
  bytesOf: () => 3_000,
}

export const deadLetterTable: Table<DeadLetter> = {
  name: 'dead_letters',
  columns: ['process', 'topic', 'partition', 'record_offset', 'reason', 'detail', 'key_base64', 'value_base64'],
  valuesOf: row => [
    row.process,
    row.topic,
    row.partition,
    row.offset,
    row.reason,
    row.detail,
    base64(row.key),
    base64(row.value),
  ],
  keyOf: row => key(row.process, row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: row => 500 + 2 * row.detail.length + (row.key?.byteLength ?? 0) + (row.value?.byteLength ?? 0),
}

/** So many rows are put into words before other work gets its turn: a few milliseconds' worth. */
const rowsPerTurn = 500

/** The rows of a batch as the engine reads them. */
export async function linesOf<Row>(table: Table<Row>, rows: readonly Row[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let from = 0; from < rows.length; from += rowsPerTurn) {
    if (from > 0) await nextTurn()
    const slice = rows.slice(from, from + rowsPerTurn)
    parts.push(Buffer.from(slice.map(row => `${JSON.stringify(table.valuesOf(row))}\n`).join('')))
  }
  return Buffer.concat(parts)
}

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
