import type { TopicPartition } from '../event/record.ts'
import type { Shard } from '../shard/shard.ts'
import type { RecordQueue } from './record-queue.ts'

/** A partition whose end the source has not told for so long does not hold time back any more. */
export const END_UNKNOWN_AFTER_MS = 30_000

/** One topic partition that is ours: its queue, its shard, and how far its log goes. */
export class Partition {
  readonly id: TopicPartition
  /** Position of the topic in the shard's topics. */
  readonly topic: number
  readonly shard: Shard
  readonly queue: RecordQueue
  #isReadToEnd = false
  #endToldAt: number

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

  /** Everything in the log has been folded. */
  get isAtEnd(): boolean {
    return this.#isReadToEnd && this.queue.peek() === undefined
  }

  tellEnd(endOffset: number, readTo: number, nowMs: number): void {
    this.#isReadToEnd = readTo >= endOffset
    this.#endToldAt = nowMs
  }

  /** Whether time has to wait for this partition's records. A source that tells no end any more is not waited for. */
  holdsTime(nowMs: number): boolean {
    if (this.isAtEnd) return false
    return nowMs - this.#endToldAt < END_UNKNOWN_AFTER_MS || this.queue.peek() !== undefined
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
