import type { DecodedRecord } from '../decode/decoded-record.ts'
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'

/** Bytes of records that one topic partition may have waiting before its source is held back. */
export const QUEUE_LIMIT_BYTES = 4 * 1024 * 1024

/** What a record costs beside its bytes. */
const RECORD_OVERHEAD_BYTES = 200

/** A record that is next, decoded, with the instant to which it would lift its watermark (`-Infinity`: it would not). */
export type Head = { readonly record: SourceRecord; readonly decoded: DecodedRecord; readonly lifts: number }

/** Reads a record into columns. */
export type ReadRecord = (record: SourceRecord, into: DecodedRecord) => void

/** Records of one topic partition on their way to the fold, in offset order. */
export class RecordQueue {
  readonly #read: ReadRecord
  readonly #batches: (readonly SourceRecord[])[] = []
  #index = 0
  /** Used again for every record; `#hasHead` says whether it means something now. */
  readonly #head: { record: SourceRecord; decoded: DecodedRecord; lifts: number }
  #hasHead = false
  #bytes = 0
  #waiting: (() => void)[] = []

  /** @param decoded the columns that records are read into. */
  constructor(read: ReadRecord, decoded: DecodedRecord) {
    this.#read = read
    this.#head = { record: nothing, decoded, lifts: -Infinity }
  }

  /** @returns when the queue can take more. */
  add(records: readonly SourceRecord[]): Promise<void> {
    this.#batches.push(records)
    for (const record of records) this.#bytes += sizeOf(record)
    if (this.#bytes <= QUEUE_LIMIT_BYTES) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting.push(resolve)
    })
  }

  /** The next record, still in the queue. */
  peek(): Head | undefined {
    if (this.#hasHead) return this.#head
    const record = this.#batches[0]?.[this.#index]
    if (record === undefined) return undefined
    const head = this.#head
    this.#read(record, head.decoded)
    head.record = record
    head.lifts = head.decoded.lifts
    this.#hasHead = true
    return head
  }

  /** Takes out the record that `peek` showed. */
  drop(): void {
    const batch = this.#batches[0]
    if (!this.#hasHead || batch === undefined) throw new Error('nothing has been peeked')
    this.#bytes -= sizeOf(this.#head.record)
    this.#release()
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
    this.#release()
    this.#bytes = 0
    this.#letGoOn()
  }

  #release(): void {
    if (this.#hasHead) this.#head.decoded.clear()
    this.#hasHead = false
  }

  #letGoOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const sizeOf = (record: SourceRecord): number =>
  RECORD_OVERHEAD_BYTES + (record.value?.byteLength ?? 0) + (record.key?.byteLength ?? 0)

const nothing: SourceRecord = { offset: -1, key: null, value: null, timestamp: undefined, notAfter: instant(0) }
