import type { DecodedRecord } from '../decode/decoded-record.ts'
import { instant } from '../event/instant.ts'
import { bytesOfHeaders, type SourceRecord } from '../event/record.ts'

/** Bytes of records that one topic partition may have waiting before its source is held back. */
export const QUEUE_LIMIT_BYTES = 4 * 1024 * 1024

/** What a record costs beside its bytes. */
const RECORD_OVERHEAD_BYTES = 200

/** A record that is next, decoded, with the instant to which it would lift its watermark (`-Infinity`: it would not). */
export type Head = { readonly record: SourceRecord; readonly decoded: DecodedRecord; readonly lifts: number }

/** Reads a record into columns. */
export type ReadRecord = (record: SourceRecord, into: DecodedRecord) => void

/** Is shown the records that will be folded next: the first `count` of them. */
export type Foresee = (decoded: readonly DecodedRecord[], count: number) => void

/**
 * Records of one topic partition on their way to the fold, in offset order.
 *
 * They are decoded some ahead of the one that is next: whoever folds them can then fetch what they need from memory for
 * many of them at once, instead of waiting for it with each.
 */
export class RecordQueue {
  readonly #read: ReadRecord
  readonly #foresee: Foresee
  readonly #batches: (readonly SourceRecord[])[] = []
  #index = 0
  /** Decoded records of the first batch, used again and again: those from `#next` to `#decoded` are still to come. */
  readonly #ahead: { record: SourceRecord; readonly decoded: DecodedRecord; lifts: number }[] = []
  readonly #columns: DecodedRecord[] = []
  readonly #newDecoded: () => DecodedRecord
  #next = 0
  #decoded = 0
  #bytes = 0
  #waiting: (() => void)[] = []

  /** @param newDecoded makes columns that records are read into. */
  constructor(read: ReadRecord, newDecoded: () => DecodedRecord, foresee: Foresee = () => {}) {
    this.#read = read
    this.#foresee = foresee
    this.#newDecoded = newDecoded
  }

  /** @returns when the queue can take more. */
  add(records: readonly SourceRecord[]): Promise<void> {
    if (records.length > 0) this.#batches.push(records)
    for (const record of records) this.#bytes += sizeOf(record)
    if (this.#bytes <= QUEUE_LIMIT_BYTES) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting.push(resolve)
    })
  }

  /** The next record, still in the queue. */
  peek(): Head | undefined {
    if (this.#next < this.#decoded) return this.#ahead[this.#next]
    const batch = this.#batches[0]
    if (batch === undefined) return undefined
    const ahead = this.#ahead
    const count = Math.min(AHEAD, batch.length - this.#index)
    while (ahead.length < count) this.#makePlace()
    for (let place = 0; place < count; place++) {
      const one = ahead[place] as (typeof ahead)[number]
      const record = batch[this.#index + place] as SourceRecord
      this.#read(record, one.decoded)
      one.record = record
      one.lifts = one.decoded.lifts
    }
    this.#foresee(this.#columns, count)
    this.#next = 0
    this.#decoded = count
    return ahead[0]
  }

  /** Takes out the record that `peek` showed. */
  drop(): void {
    const batch = this.#batches[0]
    const head = this.#next < this.#decoded ? this.#ahead[this.#next] : undefined
    if (head === undefined || batch === undefined) throw new Error('nothing has been peeked')
    this.#bytes -= sizeOf(head.record)
    head.decoded.clear()
    // Its bytes may be a view of megabytes, which an idle partition would keep.
    head.record = nothing
    this.#next++
    this.#index++
    if (this.#index < batch.length) return
    this.#batches.shift()
    this.#index = 0
    if (this.#bytes <= QUEUE_LIMIT_BYTES / 2) this.#letGoOn()
  }

  /** Forgets what waits, and lets whoever waits for room go on. */
  clear(): void {
    this.#batches.length = 0
    this.#index = 0
    for (const one of this.#ahead) {
      one.decoded.clear()
      one.record = nothing
    }
    this.#next = this.#decoded
    this.#bytes = 0
    this.#letGoOn()
  }

  /** Made when it is needed: most partitions never have many records waiting. */
  #makePlace(): void {
    const decoded = this.#newDecoded()
    this.#columns.push(decoded)
    this.#ahead.push({ record: nothing, decoded, lifts: -Infinity })
  }

  #letGoOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Far enough that memory answers in the meantime, near enough that it is all still in the processor's cache. */
const AHEAD = 32

const sizeOf = (record: SourceRecord): number =>
  RECORD_OVERHEAD_BYTES +
  (record.value === null ? 0 : record.value.length) +
  (record.key === null ? 0 : record.key.length) +
  (record.headers === undefined ? 0 : bytesOfHeaders(record.headers))

const nothing: SourceRecord = { offset: -1, key: null, value: null, timestamp: undefined, notAfter: instant(0) }
