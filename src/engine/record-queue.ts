import type { Decoded } from '../decode/decoded.ts'
import type { Decoder } from '../decode/decoder.ts'
import type { SourceRecord } from '../event/record.ts'

/** Bytes of records that one topic partition may have waiting before its source is held back. */
export const QUEUE_LIMIT_BYTES = 4 * 1024 * 1024

/** What a record costs beside its bytes. */
const RECORD_OVERHEAD_BYTES = 200

/** A record that is next, decoded, with the instant to which it would lift its watermark (`-Infinity`: it would not). */
export type Head = { readonly record: SourceRecord; readonly decoded: Decoded; readonly lifts: number }

/** Records of one topic partition on their way to the fold, in offset order. */
export class RecordQueue {
  readonly #decode: Decoder
  readonly #batches: (readonly SourceRecord[])[] = []
  #index = 0
  #head: Head | undefined
  #bytes = 0
  #waiting: (() => void)[] = []

  constructor(decode: Decoder) {
    this.#decode = decode
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
    if (this.#head !== undefined) return this.#head
    const record = this.#batches[0]?.[this.#index]
    if (record === undefined) return undefined
    const decoded = this.#decode(record)
    this.#head = { record, decoded, lifts: liftOf(decoded) }
    return this.#head
  }

  /** Takes out the record that `peek` showed. */
  drop(): void {
    const batch = this.#batches[0]
    if (this.#head === undefined || batch === undefined) throw new Error('nothing has been peeked')
    this.#bytes -= sizeOf(this.#head.record)
    this.#head = undefined
    this.#index++
    if (this.#index < batch.length) return
    this.#batches.shift()
    this.#index = 0
    if (this.#bytes <= QUEUE_LIMIT_BYTES / 2) this.#release()
  }

  /** Forgets what waits, and lets whoever waits for room go on. */
  clear(): void {
    this.#batches.length = 0
    this.#index = 0
    this.#head = undefined
    this.#bytes = 0
    this.#release()
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const sizeOf = (record: SourceRecord): number =>
  RECORD_OVERHEAD_BYTES + (record.value?.byteLength ?? 0) + (record.key?.byteLength ?? 0)

function liftOf(decoded: Decoded): number {
  let lifts = -Infinity
  if (decoded.kind !== 'events') return lifts
  for (const event of decoded.events) if (!('ignored' in event) && event.at > lifts) lifts = event.at
  return lifts
}
