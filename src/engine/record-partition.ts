import type { TopicPartition } from '../event/record.ts'
import type { Shard } from '../shard/shard.ts'
import { Partition } from './partition.ts'
import type { Head, RecordQueue } from './record-queue.ts'

/** A topic partition whose records are folded here. */
export class RecordPartition extends Partition {
  override readonly shard: Shard
  readonly queue: RecordQueue

  constructor(id: TopicPartition, topic: number, shard: Shard, queue: RecordQueue, nowMs: number) {
    super(id, topic, nowMs)
    this.shard = shard
    this.queue = queue
  }

  override peek(): Head | undefined {
    return this.queue.peek()
  }

  override get hasOwnRecords(): boolean {
    return this.queue.peek() !== undefined
  }

  override foldNext(): void {
    const head = this.queue.peek()
    if (head === undefined) throw new Error(`nothing to fold in ${this.id.topic}:${this.id.partition}`)
    this.shard.fold(this.topic, head.record, head.decoded)
    this.queue.drop()
  }

  override tellEnd(endOffset: number, readTo: number, nowMs: number): void {
    super.tellEnd(endOffset, readTo, nowMs)
    // What was read behind the last record (markers of transactions, records that are compacted away) is behind us as
    // well. Were it not, its deletion would one day look like a loss. Told once a second, so soon enough also for a queue
    // that has something in it now.
    if (this.queue.peek() === undefined) this.shard.passTo(this.topic, readTo)
  }

  override clear(): void {
    this.queue.clear()
  }

  protected override get foldedTo(): number {
    return this.queue.peek()?.record.offset ?? this.shard.nextOffsetOf(this.topic)
  }
}
