import type { RecordBatch, TopicPartition } from '../../src/event/record.ts'
import { type PartitionKey, partitionKey } from '../../src/source/source.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'

/** A member that goes on where the one before it has stopped, as snapshots that all can read make it. */
export class Member extends RecordingListener {
  /** Batches of partitions that were not its own. */
  readonly strays: PartitionKey[] = []
  /** Partitions are given up when this has resolved. */
  mayGiveUp: Promise<void> = Promise.resolve()
  readonly #positions: Map<PartitionKey, number>

  constructor(positions: Map<PartitionKey, number>) {
    super()
    this.#positions = positions
  }

  override async assigned(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<PartitionKey, number>> {
    await super.assigned(partitions)
    return new Map(this.#positions)
  }

  override async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    await this.mayGiveUp
    await super.revoked(partitions)
  }

  override async batch(batch: RecordBatch): Promise<void> {
    const key = partitionKey(batch)
    if (!this.owned.has(key)) this.strays.push(key)
    this.#positions.set(key, batch.records.at(-1)!.offset + 1)
    await super.batch(batch)
  }
}
