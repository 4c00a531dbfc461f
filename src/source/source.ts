/**
 * Where records come from.
 *
 * A source reads one or more topic partitions, each a log with rising offsets, and hands their records to one listener:
 * in offset order within a partition, partitions side by side. It keeps no position of its own that anybody relies on.
 * When a partition becomes ours the listener says where to go on, because the state that counts and the offset it
 * stands for are stored together (a committed offset elsewhere is only a hint).
 *
 * Back-pressure is per partition: `batch` resolves when the listener can take more of that partition, and until then
 * the source hands over nothing more of it, while the others flow.
 *
 * For one partition the calls come in this order, each after the one before has resolved:
 *
 *     assigned ─ batch ─ batch ─ … ─ revoked        end: any time between assigned and revoked
 *
 * with one exception: `revoked` (and `stop`) does not wait for a batch that the listener has in hand, which may take
 * long when the listener is held up. What becomes of that batch is the listener's affair.
 */
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import type { LogFound } from './log.ts'

/** A topic partition as one text, `orders.events:3`: the key of maps. */
export type PartitionKey = `${string}:${number}`

export const partitionKey = ({ topic, partition }: TopicPartition): PartitionKey => `${topic}:${partition}`

export function partitionOfKey(key: PartitionKey): TopicPartition {
  const colon = key.lastIndexOf(':')
  return { topic: key.slice(0, colon), partition: Number(key.slice(colon + 1)) }
}

/**
 * How the source stands, for status and logs.
 *
 * `failed` says what is wrong and what a person can do. With `retrying` the source goes on trying by itself and
 * reports `connected` when it has worked; without, what the reason names is not read any more until a person acts
 * (other partitions may still flow).
 */
export type SourceState =
  | { readonly kind: 'connecting'; readonly to: string }
  | { readonly kind: 'connected'; readonly to: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly remedy: string; readonly retrying: boolean }

/** A partition that becomes ours, and how the source finds its log; a source whose logs are always whole leaves that out. */
export type AssignedPartition = TopicPartition & { readonly log?: LogFound }

/** Why nothing of a partition is to be read until a person acts. */
export type Refusal = { readonly reason: string; readonly remedy: string }

/** By partition the offset of the next record to hand over, or why there is none. */
export type Positions = ReadonlyMap<PartitionKey, number | Refusal>

export interface SourceListener {
  /**
   * The partitions are ours from now on.
   *
   * @returns by partition the offset of the next record to hand over (it need not exist: the first one at or after it
   *   comes next), or why nothing of it is read, which the source tells as its state; a partition without an entry starts
   *   where the source's own default is.
   */
  assigned(partitions: readonly AssignedPartition[]): Promise<Positions>
  /** The partitions are no longer ours: nothing more of them comes. The source waits before it reads on. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>
  /**
   * Records that follow on those before; never empty.
   *
   * @returns when the listener can take more of this partition. A rejection ends the source: `finished` rejects.
   */
  batch(batch: RecordBatch): Promise<void>
  /**
   * How far the log of a partition goes, and how far it has been read. Comes as it changes and, while the source is
   * connected and the end is known, at least every second or two. A file's end is known when it has been reached.
   *
   * @param endOffset the next offset to be written.
   * @param readTo every record below it has been handed over. It also passes offsets that hold no record
   *   (transaction markers, compacted ones), so a reader is at its end exactly when `readTo >= endOffset`, and not
   *   by comparing the last record's offset.
   */
  end(partition: TopicPartition, endOffset: number, readTo: number): void
  state(state: SourceState): void
}

/** For sources whose logs are always whole. @throws SourceError where the listener refuses the partition. */
export function offsetIn(positions: Positions, partition: TopicPartition): number | undefined {
  const position = positions.get(partitionKey(partition))
  if (typeof position !== 'object') return position
  throw new SourceError({ problem: position.reason, remedy: position.remedy })
}

export interface Source {
  /**
   * Begins to read and returns once the source is under way (not: once it is connected).
   *
   * @throws SourceError where it can be known at once that nothing can be read (a missing file).
   */
  start(listener: SourceListener): Promise<void>
  /** Ends reading. When it has resolved the listener is not called any more; `revoked` is not called for what was ours. */
  stop(): Promise<void>
  /**
   * Resolves when a finite source is exhausted and all its batches are taken, or when it was stopped; never for an
   * endless one that runs. Rejects when reading cannot go on: a SourceError, or what the listener threw.
   */
  readonly finished: Promise<void>
}

/** Reading failed in a way that the source cannot mend. The message says what, of what, and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly remedy: string

  constructor({ problem, remedy, cause }: { problem: string; remedy: string; cause?: unknown }) {
    super(`${problem}; ${remedy}`, { cause })
    this.remedy = remedy
  }
}
