import type { Instant } from './instant.ts'
import type { WriterSchema } from './wire-format.ts'

/** One of the logs that a source reads: a Kafka topic partition, a file, the simulator's stream. */
export type TopicPartition = { readonly topic: string; readonly partition: number }

/**
 * What Kafka keeps beside key and value, in the order in which it was written: a name may come several times, and null is
 * a header without a value.
 */
export type RecordHeaders = readonly (readonly [name: string, value: Uint8Array | null])[]

/** About how much memory they take. */
export function bytesOfHeaders(headers: RecordHeaders): number {
  let bytes = 0
  for (const [name, value] of headers) bytes += 64 + name.length + (value === null ? 0 : value.byteLength)
  return bytes
}

/** One record as its source handed it over, undecoded. */
export type SourceRecord = {
  /** Position in its topic partition; rising, not necessarily by one. */
  readonly offset: number
  readonly key: Uint8Array | null
  /** null is a tombstone. */
  readonly value: Uint8Array | null
  /** Absent where it has none, and where the source was not asked for them. */
  readonly headers?: RecordHeaders
  /** What a registry says of the schema that a framed value names; absent where no registry was asked. */
  readonly schema?: WriterSchema
  /** The broker's or the file's own time of the record, where it has one. */
  readonly timestamp: Instant | undefined
  /**
   * An event later than this is rejected as `future`: 10 min past the broker's append time, the wall clock when first
   * read, or the start of the run; `-Infinity` where an earlier reading rejected the record and the journal says so.
   */
  readonly notAfter: Instant
}

/** Records of one topic partition, in offset order. */
export type RecordBatch = TopicPartition & { readonly records: readonly SourceRecord[] }

/** Why a record, or an event of it, is not counted but kept in the dead letters. */
export type RejectReason =
  | 'not-json'
  | 'missing-field'
  | 'bad-time'
  | 'future'
  | 'too-large'
  | 'too-deep'
  | 'over-limit'
  | 'late'

/** A record that could not be counted, with its bytes and position; the store holds a position once. */
export type DeadLetter = TopicPartition & {
  readonly process: string
  readonly offset: number
  readonly reason: RejectReason
  /** What was wrong, for a person: `field "order_id" is missing`. */
  readonly detail: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Absent: it has none. */
  readonly headers?: RecordHeaders
  /** The record's own time; absent: it has none. */
  readonly timestamp?: Instant
}
