import { instant } from '../../event/instant.ts'
import type { RecordBatch, TopicPartition } from '../../event/record.ts'
import type { KeptRecord } from '../../shard/output.ts'
import { Completion } from '../../source/completion.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type Source,
  type SourceListener,
  type SourceState,
} from '../../source/source.ts'

/** As a source of a live log would say: so long after it is read an event's time is still believed. */
const FUTURE_AFTER_MS = 600_000

/** Records that were kept, in the order of their offsets: from `from`, and below `before`. */
export type ReadStored = (partition: TopicPartition, from: number, before: number) => AsyncIterable<KeptRecord[]>

/**
 * A source whose logs reach back into the store: where a listener goes on at an offset that a log no longer holds, the
 * records up to the log's first come from those that were kept, and then the log's own.
 */
export function withStoredRecords(source: Source, read: ReadStored, now: () => number): Source {
  const failed = new Completion()
  const finished = Promise.race([source.finished, failed.promise])
  // Who waits for it hears of it; until then a failure must not count as unhandled.
  finished.catch(() => {})
  let front: StoredFirst | undefined
  return {
    finished,
    start(listener) {
      front = new StoredFirst(listener, read, now, failed)
      return source.start(front)
    },
    async stop() {
      front?.stop()
      await source.stop()
      failed.resolve()
    },
  }
}

/** What is being handed over of a partition from the store. */
type Feeding = { readTo: number; isCancelled: boolean; done: Promise<void> }

class StoredFirst implements SourceListener {
  readonly #listener: SourceListener
  readonly #read: ReadStored
  readonly #now: () => number
  readonly #failed: Completion
  readonly #feedings = new Map<PartitionKey, Feeding>()

  constructor(listener: SourceListener, read: ReadStored, now: () => number, failed: Completion) {
    this.#listener = listener
    this.#read = read
    this.#now = now
    this.#failed = failed
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    const positions = new Map(await this.#listener.assigned(partitions))
    for (const { topic, partition, log } of partitions) {
      const id = { topic, partition }
      const key = partitionKey(id)
      const position = positions.get(key)
      if (log === undefined || typeof position !== 'number' || position >= log.low) continue
      positions.set(key, log.low)
      const feeding: Feeding = { readTo: position, isCancelled: false, done: Promise.resolve() }
      this.#feedings.set(key, feeding)
      feeding.done = this.#feed(id, log.low, feeding)
      feeding.done.catch(error => this.#failed.reject(error))
    }
    return positions
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    for (const key of partitions.map(partitionKey)) {
      const feeding = this.#feedings.get(key)
      if (feeding !== undefined) feeding.isCancelled = true
      this.#feedings.delete(key)
    }
    await this.#listener.revoked(partitions)
  }

  async batch(batch: RecordBatch): Promise<void> {
    const feeding = this.#feedings.get(partitionKey(batch))
    await feeding?.done
    if (feeding?.isCancelled !== true) await this.#listener.batch(batch)
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    const feeding = this.#feedings.get(partitionKey(partition))
    this.#listener.end(partition, endOffset, feeding === undefined ? readTo : Math.min(readTo, feeding.readTo))
  }

  state(state: SourceState): void {
    this.#listener.state(state)
  }

  /** What the log still brings follows on records that will not come any more, so it is dropped. */
  stop(): void {
    for (const feeding of this.#feedings.values()) feeding.isCancelled = true
  }

  async #feed(id: TopicPartition, before: number, feeding: Feeding): Promise<void> {
    try {
      for await (const page of this.#read(id, feeding.readTo, before)) {
        if (feeding.isCancelled) return
        const notAfter = instant(this.#now() + FUTURE_AFTER_MS)
        const records = page.map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp, notAfter }))
        await this.#listener.batch({ ...id, records })
        if (feeding.isCancelled) return
        feeding.readTo = (records.at(-1)?.offset ?? feeding.readTo) + 1
      }
      this.#feedings.delete(partitionKey(id))
    } catch (error) {
      // A store that is closed under the reader's hands is no failure to read.
      if (!feeding.isCancelled) throw error
    }
  }
}
