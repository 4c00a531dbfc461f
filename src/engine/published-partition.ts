import type { TopicPartition } from '../event/record.ts'
import type { Publication } from '../shard/publication.ts'
import type { ShardReplica } from '../shard/replica.ts'
import { type Lift, Partition } from './partition.ts'

/** What a shard that is folded elsewhere tells of some records that followed on those before. */
export type PublishedStep = Lift & {
  readonly publication: Publication
  /** Rises with each step of a shard. */
  readonly number: number
}

/** A shard that is folded elsewhere: the steps that wait, and the replica that has taken in those before. */
export class PublishedShard {
  readonly replica: ShardReplica
  readonly #waiting: PublishedStep[] = []
  readonly #taken: (step: PublishedStep) => void

  /** @param taken is told of each step that the replica has taken in. */
  constructor(replica: ShardReplica, taken: (step: PublishedStep) => void) {
    this.replica = replica
    this.#taken = taken
  }

  add(step: PublishedStep): void {
    this.#waiting.push(step)
  }

  peek(): PublishedStep | undefined {
    return this.#waiting[0]
  }

  /** How far the records of a topic go in what waits; 0: nothing waits. */
  recordsEndOf(topic: number): number {
    return this.#waiting.at(-1)?.publication.summary.recordsEnd[topic] ?? 0
  }

  takeNext(): void {
    const step = this.#waiting.shift()
    if (step === undefined) throw new Error(`nothing was published of partition ${this.replica.partition}`)
    this.replica.apply(step.publication)
    this.#taken(step)
  }

  clear(): void {
    this.#waiting.length = 0
  }
}

/** A topic partition whose records are folded elsewhere. The topics of a shard share its steps. */
export class PublishedPartition extends Partition {
  readonly #published: PublishedShard

  constructor(id: TopicPartition, topic: number, published: PublishedShard, nowMs: number) {
    super(id, topic, nowMs)
    this.#published = published
  }

  override get shard(): ShardReplica {
    return this.#published.replica
  }

  override peek(): Lift | undefined {
    return this.#published.peek()
  }

  override get hasOwnRecords(): boolean {
    return this.#published.recordsEndOf(this.topic) > this.shard.nextOffsetOf(this.topic)
  }

  override foldNext(): void {
    this.#published.takeNext()
  }

  override tellEnd(endOffset: number, readTo: number, nowMs: number): void {
    super.tellEnd(endOffset, readTo, nowMs)
    // As where records are folded. What lies behind the last record makes no step; an evaluation that did not pass it would
    // wait there, after a restart, for what an earlier one had seen.
    if (!this.hasOwnRecords) this.shard.passTo(this.topic, readTo)
  }

  override clear(): void {
    this.#published.clear()
  }

  protected override get foldedTo(): number {
    return this.shard.nextOffsetOf(this.topic)
  }
}
