import { compileRecordReader } from '../decode/record-reader.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import type { ShardOptions } from '../shard/options.ts'
import type { ShardOutput } from '../shard/output.ts'
import { Shard } from '../shard/shard.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { type PartitionKey, partitionKey } from '../source/source.ts'
import { RecordPartition } from './record-partition.ts'
import { RecordQueue } from './record-queue.ts'

export type LocalShardsOptions = Omit<ShardOptions, 'partition' | 'topics' | 'epoch'>

/** The topics of a process, in the order in which its shards number them. */
export const topicsOf = ({ sources }: ProcessDefinition): readonly string[] => sources.flatMap(({ topics }) => topics)

/** The shards of a process that are folded here, and the records that wait for them. */
export class LocalShards {
  readonly topics: readonly string[]
  readonly #options: LocalShardsOptions
  /** By topic. */
  readonly #sources: readonly SourceDefinition[]
  readonly #shards = new Map<number, Shard>()
  readonly #partitions = new Map<PartitionKey, RecordPartition>()

  constructor(options: LocalShardsOptions) {
    const { process } = options
    this.#options = options
    this.topics = topicsOf(process)
    this.#sources = process.sources.flatMap(source => source.topics.map(() => source))
  }

  /** By partition number. */
  get all(): readonly Shard[] {
    return [...this.#shards.values()].sort((left, right) => left.partition - right.partition)
  }

  /**
   * Takes a topic partition over, with the state it has left elsewhere.
   *
   * @param epoch of the rows of its shard.
   * @param life of them; default: the options'.
   */
  assign(
    id: TopicPartition,
    restored: ShardState | undefined,
    epoch: number,
    nowMs: number,
    life = this.#options.life,
  ): RecordPartition {
    const { process } = this.#options
    const topic = this.topics.indexOf(id.topic)
    if (topic < 0) throw new Error(`${id.topic} is not a topic of process ${process.name}`)
    let shard = this.#shards.get(id.partition)
    if (shard === undefined) {
      shard = new Shard({
        ...this.#options,
        epoch,
        ...(life !== undefined && { life }),
        partition: id.partition,
        topics: this.topics,
      })
      if (restored !== undefined) shard.restore(restored)
      this.#shards.set(id.partition, shard)
    }
    const own = shard
    const queue = new RecordQueue(
      compileRecordReader(process, this.#sources[topic] as SourceDefinition, own.table),
      () => own.newRecord(),
      (decoded, count) => own.foresee(decoded, count),
    )
    const partition = new RecordPartition(id, topic, own, queue, nowMs)
    this.#partitions.set(partitionKey(id), partition)
    return partition
  }

  /** Gives a topic partition up; its shard leaves with the last of its topics. */
  revoke(id: TopicPartition): void {
    this.#partitions.get(partitionKey(id))?.clear()
    this.#partitions.delete(partitionKey(id))
    const isLast = ![...this.#partitions.values()].some(other => other.id.partition === id.partition)
    if (isLast) this.#shards.delete(id.partition)
  }

  /** @returns when the partition can take more. */
  add(batch: RecordBatch): Promise<void> {
    const partition = this.#partitions.get(partitionKey(batch))
    if (partition === undefined) {
      throw new Error(`${partitionKey(batch)} is not assigned to process ${this.#options.process.name}`)
    }
    return partition.queue.add(batch.records)
  }

  /** Rows for the store, of what changed since the last time. */
  takeOutput(): ShardOutput[] {
    return this.all.map(shard => shard.takeOutput())
  }
}
