/**
 * What a broker hands over of a partition, bytes of one or more record batches → batches whose records can be read.
 *
 * The format is Kafka's since version 0.11 ("magic 2"). Whatever concerns a batch as a whole is decided here, from its
 * header of 61 bytes, without a look at its records: whether they are compressed, belong to an aborted transaction, or
 * are markers of Kafka's own. What is left is read record by record in `read-records.ts`.
 *
 * Checksums of batches are not verified, as kafkajs does not: the broker verified them when it took the records, and
 * TCP guards the way here. Lengths are, so bytes that make no sense are an error and never a wrong record.
 */
import { KafkaProblem } from './failure.ts'

/** Records that follow one another, in their encoding and no longer compressed. */
export type FetchedBatch = {
  readonly bytes: Uint8Array
  /** Where the records begin in `bytes`, and the end of the last one. */
  readonly from: number
  readonly to: number
  readonly count: number
  /** What the records' own offsets and times are counted from. */
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The time of all of them, where the broker stamped them as it appended them. */
  readonly appendedAt: number | undefined
}

export type FetchedBatches = {
  /** Those with records for a reader. */
  readonly batches: readonly FetchedBatch[]
  /** The last offset that they, and those left out, stand for; the log goes on behind it. */
  readonly lastOffset: number
}

/** A transaction that was aborted: records of this producer from that offset on, up to its marker, do not count. */
export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: number }

/**
 * Decompresses the records of a batch.
 *
 * @param codec 1 to 7, as Kafka numbers them.
 * @throws KafkaProblem where that cannot be done.
 */
export type Decompress = (codec: number, bytes: Buffer) => Promise<Uint8Array>

/**
 * @param bytes as fetched: the last batch may be cut off, and is left for the next fetch.
 * @param aborted of this part of the log, by rising offset.
 * @returns undefined where the first batch is of an older format, or none is complete. Batches of an older format
 *   behind newer ones are left for the next fetch.
 * @throws KafkaProblem where a batch makes no sense or cannot be decompressed.
 */
export async function readRecordBatches(
  bytes: Buffer,
  aborted: readonly AbortedTransaction[],
  decompress: Decompress,
): Promise<FetchedBatches | undefined> {
  const batches: FetchedBatch[] = []
  const transactions = new AbortedTransactions(aborted)
  let lastOffset: number | undefined
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT)
    if (bytes[at + MAGIC_AT] !== MAGIC || end > bytes.length) break
    const baseOffset = readInt64(bytes, at)
    if (end < at + HEADER_BYTES) throw damaged(baseOffset, `its length is ${end - at} bytes`)
    lastOffset = baseOffset + bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT)
    if (!transactions.hide(bytes, at, lastOffset)) {
      const batch = await openBatch(bytes, at, end, baseOffset, decompress)
      if (batch.count > 0) batches.push(batch)
    }
    at = end
  }
  return lastOffset === undefined ? undefined : { batches, lastOffset }
}

/** Where the fields of a batch's header lie. */
const LENGTH_AT = 8
const LENGTH_END = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const HEADER_BYTES = 61

const MAGIC = 2

/** Bits of the attributes. */
const CODEC = 0x07
const APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

async function openBatch(
  bytes: Buffer,
  at: number,
  end: number,
  baseOffset: number,
  decompress: Decompress,
): Promise<FetchedBatch> {
  const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT)
  const codec = attributes & CODEC
  const count = bytes.readInt32BE(at + COUNT_AT)
  const isPlain = codec === 0 || count <= 0
  const from = at + HEADER_BYTES
  const records = isPlain ? bytes : await decompress(codec, bytes.subarray(from, end))
  return {
    bytes: records,
    from: isPlain ? from : 0,
    to: isPlain ? end : records.length,
    count,
    baseOffset,
    baseTimestamp: readInt64(bytes, at + BASE_TIMESTAMP_AT),
    appendedAt: (attributes & APPEND_TIME) === 0 ? undefined : readInt64(bytes, at + MAX_TIMESTAMP_AT),
  }
}

/** Which batches of a fetch are no reader's business. Asked about each, in the order of the log. */
class AbortedTransactions {
  readonly #aborted: readonly AbortedTransaction[]
  #begun = 0
  /** Producers inside an aborted transaction. */
  readonly #producers = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = aborted
  }

  /** @returns whether the batch at this place holds a marker, or records that were aborted. */
  hide(bytes: Buffer, at: number, lastOffset: number): boolean {
    const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT)
    const isControl = (attributes & CONTROL) !== 0
    if (this.#aborted.length === 0 || (attributes & TRANSACTIONAL) === 0) return isControl
    for (let next = this.#aborted[this.#begun]; next !== undefined && next.firstOffset <= lastOffset; ) {
      this.#producers.add(next.producerId)
      next = this.#aborted[++this.#begun]
    }
    const producerId = bytes.readBigInt64BE(at + PRODUCER_ID_AT)
    // A marker ends the producer's transaction; if the next one is aborted too, it is in the list again.
    if (isControl) this.#producers.delete(producerId)
    return isControl || this.#producers.has(producerId)
  }
}

/** A number as long as it is below 2^53, as offsets and times are. */
export const readInt64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 4_294_967_296 + bytes.readUInt32BE(at + 4)

export const damaged = (offset: number, how: string): KafkaProblem =>
  new KafkaProblem({
    reason: `the batch of records at offset ${offset} is damaged: ${how}`,
    remedy: 'check the disks of the broker; its replicas may hold the batch undamaged',
    retrying: true,
  })
