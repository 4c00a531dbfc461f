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

  override foldNext(): void {
    const head = this.queue.peek()
    if (head === undefined) throw new Error(`nothing to fold in ${this.id.topic}:${this.id.partition}`)
    this.shard.fold(this.topic, head.record, head.decoded)
    this.queue.drop()
  }

  override clear(): void {
    this.queue.clear()
  }

  protected override get foldedTo(): number {
    return this.queue.peek()?.record.offset ?? this.shard.nextOffsetOf(this.topic)
  }
}
