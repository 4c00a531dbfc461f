import type { DeadLetter } from '../../../event/record.ts'
import type { KeptRecord } from '../../../shard/output.ts'
import { keyOf, neverOlder, type Table } from './table.ts'

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
  keyOf: row => keyOf(row.process, row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: row => 500 + 2 * row.detail.length + (row.key?.byteLength ?? 0) + (row.value?.byteLength ?? 0),
}

export const recordTable: Table<KeptRecord> = {
  name: 'events',
  columns: ['process', 'topic', 'partition', 'record_offset', 'timestamp_ms', 'key_base64', 'value_base64'],
  valuesOf: row => [
    row.process,
    row.topic,
    row.partition,
    row.offset,
    row.timestamp ?? null,
    base64(row.key),
    base64(row.value),
  ],
  keyOf: row => keyOf(row.process, row.topic, row.partition, row.offset),
  isOlder: neverOlder,
  bytesOf: row => 400 + (row.key?.byteLength ?? 0) + (row.value?.byteLength ?? 0),
}

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
