/** Record batches as a broker hands them over, written plainly and slowly: what the fast reader is compared with. */
import { gzipSync } from 'node:zlib'

export type WrittenRecord = {
  readonly offsetDelta: number
  readonly timestampDelta: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export type WrittenBatch = {
  readonly baseOffset: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly codec: 'none' | 'gzip'
  readonly isAppendTime: boolean
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly producerId: number
  readonly records: readonly WrittenRecord[]
}

/** What a batch has where a test does not care. */
export const plainBatch: WrittenBatch = {
  baseOffset: 0,
  lastOffsetDelta: 0,
  baseTimestamp: 1_700_000_000_000,
  maxTimestamp: 1_700_000_000_000,
  codec: 'none',
  isAppendTime: false,
  isTransactional: false,
  isControl: false,
  producerId: -1,
  records: [],
}

export const plainRecord: WrittenRecord = { offsetDelta: 0, timestampDelta: 0, key: null, value: null, headers: [] }

/** The record of a control batch that ends a transaction. */
export const marker = (end: 'abort' | 'commit'): WrittenRecord => ({
  ...plainRecord,
  key: Buffer.from([0, 0, 0, end === 'abort' ? 0 : 1]),
  value: Buffer.alloc(6),
})

export function writeBatch(batch: WrittenBatch): Buffer {
  const plain = Buffer.concat(batch.records.map(writeRecord))
  const records = batch.codec === 'gzip' ? gzipSync(plain) : plain
  const attributes =
    (batch.codec === 'gzip' ? 0x01 : 0) |
    (batch.isAppendTime ? 0x08 : 0) |
    (batch.isTransactional ? 0x10 : 0) |
    (batch.isControl ? 0x20 : 0)
  const behindLength = Buffer.concat([
    int32(7), // the leader's epoch
    Buffer.from([2]), // magic
    int32(0), // checksum
    int16(attributes),
    int32(batch.lastOffsetDelta),
    int64(batch.baseTimestamp),
    int64(batch.maxTimestamp),
    int64(batch.producerId),
    int16(0), // the producer's epoch
    int32(0), // sequence
    int32(batch.records.length),
    records,
  ])
  return Buffer.concat([int64(batch.baseOffset), int32(behindLength.length), behindLength])
}

function writeRecord({ offsetDelta, timestampDelta, key, value, headers }: WrittenRecord): Buffer {
  const behindLength = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(offsetDelta),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [sized(Buffer.from(name)), sized(content)]),
  ])
  return Buffer.concat([varint(behindLength.length), behindLength])
}

export type WrittenPartition = {
  readonly partition: number
  readonly highWatermark: number
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
  readonly bytes: Buffer
}

/** A response to a fetch, version 11, of one topic. */
export function writeFetchResponse(topic: string, partitions: readonly WrittenPartition[]): Buffer {
  return Buffer.concat([
    int32(0), // throttled for
    int16(0), // error
    int32(0), // session
    int32(1),
    int16(topic.length),
    Buffer.from(topic),
    int32(partitions.length),
    ...partitions.flatMap(({ partition, highWatermark, aborted, bytes }) => [
      int32(partition),
      int16(0), // error
      int64(highWatermark),
      int64(highWatermark), // last stable offset
      int64(0), // start of the log
      int32(aborted.length),
      ...aborted.flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
      int32(-1), // preferred replica
      int32(bytes.length),
      bytes,
    ]),
  ])
}

const sized = (bytes: Uint8Array | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(left)])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
