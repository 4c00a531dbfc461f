import { crc32C } from './kafkajs-internals.ts'

const HEADER_BYTES = 61
const FIRST_BYTES = 64 * 1024

/**
 * Records → one record batch (magic 2), uncompressed, as a producer sends it; then the next one.
 *
 * Some 0.5 µs for a record of 200 bytes, most of it the checksum.
 */
export class RecordBatchWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = HEADER_BYTES
  #count = 0
  #baseTimestamp = 0
  #maxTimestamp = 0

  get count(): number {
    return this.#count
  }

  /** Of the batch as it is. */
  get byteLength(): number {
    return this.#at
  }

  /** @param timestamp ms since the epoch; later ones may be earlier. */
  append(key: Uint8Array, value: Uint8Array, timestamp: number): void {
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp
      this.#maxTimestamp = timestamp
    }
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestamp)
    const delta = timestamp - this.#baseTimestamp
    const length =
      2 + // attributes, and no headers
      (bytesOf(delta) + bytesOf(this.#count)) +
      (bytesOf(key.length) + key.length) +
      (bytesOf(value.length) + value.length)
    this.#makeRoom(bytesOf(length) + length)
    this.#put(length)
    this.#bytes[this.#at++] = 0
    this.#put(delta)
    this.#put(this.#count)
    this.#putBytes(key)
    this.#putBytes(value)
    this.#bytes[this.#at++] = 0
    this.#count++
  }

  /** @returns the batch; the writer is empty then. */
  take(): Buffer {
    const batch = Buffer.from(this.#bytes.subarray(0, this.#at))
    batch.fill(0, 0, HEADER_BYTES)
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt8(2, 16)
    batch.writeInt32BE(this.#count - 1, 23)
    batch.writeBigInt64BE(BigInt(this.#baseTimestamp), 27)
    batch.writeBigInt64BE(BigInt(this.#maxTimestamp), 35)
    // No producer id, epoch and sequence: a batch that is sent twice is there twice.
    batch.fill(0xff, 43, 57)
    batch.writeInt32BE(this.#count, 57)
    batch.writeUInt32BE(crc32C(batch.subarray(21)), 17)
    this.#at = HEADER_BYTES
    this.#count = 0
    return batch
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }

  #putBytes(bytes: Uint8Array): void {
    this.#put(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Seven bits a byte, the lowest first, positive and negative numbers in turns. */
  #put(value: number): void {
    let left = zigzag(value)
    for (; left > 0x7f; left >>>= 7) this.#bytes[this.#at++] = (left & 0x7f) | 0x80
    this.#bytes[this.#at++] = left
  }
}

/** Of a number of at most 31 bits: times within a batch lie less than twelve days apart. */
const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0

function bytesOf(value: number): number {
  const bits = zigzag(value)
  return bits < 0x80 ? 1 : bits < 0x4000 ? 2 : bits < 0x20_0000 ? 3 : bits < 0x1000_0000 ? 4 : 5
}
