import type { TopicPartition } from '../event/record.ts'
import type { Shard } from '../shard/shard.ts'
import type { RecordQueue } from './record-queue.ts'

/** A partition whose end the source has not told for so long does not hold time back any more. */
export const END_UNKNOWN_AFTER_MS = 30_000

/** A source that is connected tells the end at least every second or two: told longer ago, the log may go on beyond it. */
const END_TRUSTED_FOR_MS = 5_000

/** One topic partition that is ours: its queue, its shard, and how far its log goes. */
export class Partition {
  readonly id: TopicPartition
  /** Position of the topic in the shard's topics. */
  readonly topic: number
  readonly shard: Shard
  readonly queue: RecordQueue
  #isReadToEnd = false
  #readTo = 0
  #endToldAt: number
  /** The end as it was told first: what lies below it was there before us. */
  #firstEnd: number | undefined

  constructor(id: TopicPartition, topic: number, shard: Shard, queue: RecordQueue, nowMs: number) {
    this.id = id
    this.topic = topic
    this.shard = shard
    this.queue = queue
    this.#endToldAt = nowMs
  }

  get watermark(): number {
    return this.shard.watermarkOf(this.topic)
  }

  /** Everything in the log has been folded, as far as is known. */
  get isAtEnd(): boolean {
    return this.#isReadToEnd && this.queue.peek() === undefined
  }

  /** The history is behind us: everything that the log held when its end was first told has been folded. */
  get isThroughHistory(): boolean {
    if (this.#firstEnd === undefined || this.#readTo < this.#firstEnd) return false
    const head = this.queue.peek()
    return head === undefined || head.record.offset >= this.#firstEnd
  }

  tellEnd(endOffset: number, readTo: number, nowMs: number): void {
    this.#isReadToEnd = readTo >= endOffset
    this.#readTo = readTo
    this.#endToldAt = nowMs
    this.#firstEnd ??= endOffset
    // What was read behind the last record (markers of transactions, records that are compacted away) is behind us as
    // well. Were it not, its deletion would one day look like a loss. Told once a second, so soon enough also for a queue
    // that has something in it now.
    if (this.queue.peek() === undefined) this.shard.passTo(this.topic, readTo)
  }

  /** How far the log goes has not been told for so long that nobody waits for it: there may be more than was read. */
  isEndUnknown(nowMs: number): boolean {
    return nowMs - this.#endToldAt >= END_UNKNOWN_AFTER_MS
  }

  /** Whether time has to wait for this partition's records. */
  holdsTime(nowMs: number): boolean {
    if (this.queue.peek() !== undefined) return true
    if (this.#isReadToEnd && nowMs - this.#endToldAt < END_TRUSTED_FOR_MS) return false
    return !this.isEndUnknown(nowMs)
  }

  /** Folds the records that name no time: malformed, filtered, of activities nobody watches. */
  foldTimeless(): void {
    while (this.queue.peek()?.lifts === -Infinity) this.foldNext()
  }

  /** Folds the next record. */
  foldNext(): void {
    const head = this.queue.peek()
    if (head === undefined) throw new Error(`nothing to fold in ${this.id.topic}:${this.id.partition}`)
    this.shard.fold(this.topic, head.record, head.decoded)
    this.queue.drop()
  }
}
