import type { TopicPartition } from '../event/record.ts'
import type { ShardView } from '../shard/view.ts'

/** A partition whose end the source has not told for so long does not hold time back any more. */
export const END_UNKNOWN_AFTER_MS = 30_000

/** A source that is connected tells the end at least every second or two: told longer ago, the log may go on beyond it. */
const END_TRUSTED_FOR_MS = 5_000

/** What is next in a partition: to which instant it would lift its watermark (`-Infinity`: it would not). */
export type Lift = { readonly lifts: number }

/** Offsets of a log. */
export type PartitionProgress = {
  /** Of the record that is folded next. */
  readonly next: number
  /** Of the record that will be written next. */
  readonly end: number
  /** The same two when the log's end was told first: what lies between them is the history that we found. */
  readonly begunAt: number
  readonly firstEnd: number
}

/**
 * One topic partition that is ours: what of it is still to come, its shard, and how far its log goes.
 *
 * Its records are folded here (`record-partition.ts`), or elsewhere, and what that changed comes in steps
 * (`published-partition.ts`).
 */
export abstract class Partition {
  readonly id: TopicPartition
  /** Position of the topic in the shard's topics. */
  readonly topic: number
  abstract readonly shard: ShardView
  #isReadToEnd = false
  #readTo = 0
  #endToldAt: number
  /** The end as it was told first: what lies below it was there before us. */
  #firstEnd: number | undefined
  /** The end as it was told last. */
  #end: number | undefined
  /** How far it had been folded when its end was told first. */
  #begunAt = 0

  constructor(id: TopicPartition, topic: number, nowMs: number) {
    this.id = id
    this.topic = topic
    this.#endToldAt = nowMs
  }

  /** What is next, still waiting. */
  abstract peek(): Lift | undefined
  /** Whether what waits has records of this partition: that of others may wait with them. */
  abstract get hasOwnRecords(): boolean
  /** Takes in what `peek` showed. */
  abstract foldNext(): void
  /** Forgets what waits, and lets whoever waits for room go on. */
  abstract clear(): void
  /** Every record below this offset has been folded, as far as is known while something waits. */
  protected abstract get foldedTo(): number

  get watermark(): number {
    return this.shard.watermarkOf(this.topic)
  }

  /** Everything in the log has been folded, as far as is known. */
  get isAtEnd(): boolean {
    return this.#isReadToEnd && this.peek() === undefined
  }

  /** The history is behind us: everything that the log held when its end was first told has been folded. */
  get isThroughHistory(): boolean {
    if (this.#firstEnd === undefined || this.#readTo < this.#firstEnd) return false
    return this.peek() === undefined || this.foldedTo >= this.#firstEnd
  }

  tellEnd(endOffset: number, readTo: number, nowMs: number): void {
    this.#isReadToEnd = readTo >= endOffset
    this.#readTo = readTo
    this.#endToldAt = nowMs
    this.#end = endOffset
    if (this.#firstEnd !== undefined) return
    this.#firstEnd = endOffset
    this.#begunAt = this.foldedTo
  }

  /** How far it has been folded of what there is; undefined: its end has not been told yet. */
  get progress(): PartitionProgress | undefined {
    if (this.#end === undefined || this.#firstEnd === undefined) return undefined
    const next = this.isAtEnd ? this.#end : Math.min(this.foldedTo, this.#end)
    return { next, end: this.#end, begunAt: this.#begunAt, firstEnd: this.#firstEnd }
  }

  /** How far the log goes has not been told for so long that nobody waits for it: there may be more than was read. */
  isEndUnknown(nowMs: number): boolean {
    return nowMs - this.#endToldAt >= END_UNKNOWN_AFTER_MS
  }

  /** Whether time has to wait for this partition's records. */
  holdsTime(nowMs: number): boolean {
    if (this.peek() !== undefined) return true
    if (this.#isReadToEnd && nowMs - this.#endToldAt < END_TRUSTED_FOR_MS) return false
    return !this.isEndUnknown(nowMs)
  }

  /** Folds what names no time: malformed, filtered, of activities nobody watches. */
  foldTimeless(): void {
    while (this.peek()?.lifts === -Infinity) this.foldNext()
  }
}
