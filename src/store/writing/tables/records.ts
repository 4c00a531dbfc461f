import type { Instant } from '../../../event/instant.ts'
import { bytesOfHeaders, type DeadLetter, type RecordHeaders, type TopicPartition } from '../../../event/record.ts'
import type { KeptRecord } from '../../../shard/output.ts'
import { keyOf, neverOlder, type Table } from './table.ts'

export const deadLetterTable: Table<DeadLetter> = {
  name: 'dead_letters',
  columns: [
    ...['process', 'topic', 'partition', 'record_offset', 'reason', 'detail'],
    ...['timestamp_ms', 'headers', 'key_base64', 'value_base64'],
  ],
  valuesOf: row => [
    row.process,
    row.topic,
    row.partition,
    row.offset,
    row.reason,
    row.detail,
    row.timestamp ?? null,
    headersText(row.headers),
    base64(row.key),
    base64(row.value),
  ],
  keyOf: row => keyOf(row.process, row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: row => 500 + 2 * row.detail.length + bytesOf(row),
}

export const recordTable: Table<KeptRecord> = {
  name: 'events',
  columns: ['process', 'topic', 'partition', 'record_offset', 'timestamp_ms', 'headers', 'key_base64', 'value_base64'],
  valuesOf: row => [
    row.process,
    row.topic,
    row.partition,
    row.offset,
    row.timestamp ?? null,
    headersText(row.headers),
    base64(row.key),
    base64(row.value),
  ],
  keyOf: row => keyOf(row.process, row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: row => 400 + bytesOf(row),
}

/** A dead letter that was sent back to where it came from: its position, and the one that it has now. */
export type RedrivenRow = TopicPartition & {
  readonly offset: number
  readonly newOffset: number
  readonly at: Instant
}

export const redrivenTable: Table<RedrivenRow> = {
  name: 'redriven_records',
  columns: ['topic', 'partition', 'record_offset', 'new_offset', 'at_ms'],
  valuesOf: row => [row.topic, row.partition, row.offset, row.newOffset, row.at],
  keyOf: row => keyOf(row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: () => 300,
}

const bytesOf = ({ key, value, headers = [] }: Pick<KeptRecord, 'key' | 'value' | 'headers'>): number =>
  (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + bytesOfHeaders(headers)

/** Pairs of name and base64, in their order. */
const headersText = (headers: RecordHeaders = []): string =>
  JSON.stringify(headers.map(([name, value]) => [name, base64(value)]))

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
