import { type Instant, instant } from '../event/instant.ts'
import type { TopicPartition } from '../event/record.ts'
import { type PartitionKey, partitionKey } from '../source/source.ts'
import type { Partition } from './partition.ts'

/** The topic partitions of a process that are ours, and what time has to wait for. */
export class Partitions {
  /** `live`: logs that go on, with a source that tells how far; `replay`: logs that end. */
  readonly #mode: 'live' | 'replay'
  readonly #partitions = new Map<PartitionKey, Partition>()
  /** By partition number: the topic partitions of a shard, in the order of the topics. */
  readonly #ofShard = new Map<number, readonly Partition[]>()

  constructor(mode: 'live' | 'replay') {
    this.#mode = mode
  }

  get all(): readonly Partition[] {
    return [...this.#partitions.values()]
  }

  get shards(): Iterable<readonly Partition[]> {
    return this.#ofShard.values()
  }

  /** Lowest watermark; undefined before every one has had an event. */
  get watermark(): Instant | undefined {
    const lowest = Math.min(...this.all.map(({ watermark }) => watermark))
    return Number.isFinite(lowest) ? instant(lowest) : undefined
  }

  /** Highest watermark; undefined before any event. */
  get newest(): Instant | undefined {
    const highest = Math.max(...this.all.map(({ watermark }) => watermark))
    return Number.isFinite(highest) ? instant(highest) : undefined
  }

  /** Read to the ends that their logs had when we came. */
  get areThroughHistory(): boolean {
    return this.#partitions.size > 0 && this.all.every(partition => partition.isThroughHistory)
  }

  /** The earliest event time at hand; `Infinity`: there is none. */
  get firstEvent(): number {
    let first = Infinity
    for (const partition of this.#partitions.values()) {
      const { watermark } = partition
      const lifts = partition.peek()?.lifts ?? -Infinity
      const at = watermark === -Infinity ? lifts : watermark
      if (at !== -Infinity && at < first) first = at
    }
    return first
  }

  /** Where the next record at hand lifts a watermark to; `Infinity`: there is none. */
  get nextEvent(): number {
    return Math.min(...this.all.map(partition => partition.peek()?.lifts ?? Infinity))
  }

  /**
   * The first multiple of a step that sees all records; `Infinity`: some have not been folded.
   *
   * @param until it is at least this.
   */
  endOfLogs(stepMs: number, until = -Infinity): number {
    if (this.all.some(partition => partition.peek() !== undefined)) return Infinity
    const highest = Math.max(...this.all.map(({ watermark }) => watermark))
    return Math.max((Math.floor(highest / stepMs) + 1) * stepMs, until)
  }

  add(partition: Partition): void {
    const { id } = partition
    this.#partitions.set(partitionKey(id), partition)
    const own = [...(this.#ofShard.get(id.partition) ?? []), partition]
    this.#ofShard.set(
      id.partition,
      own.sort((left, right) => left.topic - right.topic),
    )
  }

  /** @returns whether it was the last one of its shard. */
  remove(id: TopicPartition): boolean {
    const key = partitionKey(id)
    const partition = this.#partitions.get(key)
    partition?.clear()
    this.#partitions.delete(key)
    const own = this.#ofShard.get(id.partition)?.filter(other => other !== partition) ?? []
    if (own.length > 0) this.#ofShard.set(id.partition, own)
    else this.#ofShard.delete(id.partition)
    return own.length === 0
  }

  get(key: PartitionKey): Partition | undefined {
    return this.#partitions.get(key)
  }

  /**
   * Whose record comes next in a shard; undefined: there is none, or it is not known yet.
   *
   * The topics of a shard meet in the order of what their records lift the watermark to, whichever was delivered
   * first: whether a late event can still be applied may depend on it, and alerts on that.
   *
   * @param own topic partitions of one shard, in the order of the topics.
   */
  nextOf(own: readonly Partition[], now: number): Partition | undefined {
    let first: Partition | undefined
    let lowest = Infinity
    for (const partition of own) {
      const head = partition.peek()
      if (head === undefined) {
        if (own.length > 1 && this.mayBring(partition, now)) return undefined
        continue
      }
      if (first !== undefined && head.lifts >= lowest) continue
      first = partition
      lowest = head.lifts
    }
    return first
  }

  /** Those whose end is not known: they may hold more than was read. */
  unknownEnds(now: number): readonly Partition[] {
    return this.#mode === 'replay' ? [] : this.all.filter(partition => partition.isEndUnknown(now))
  }

  /** Those that T waits for: not at their end, and of these the furthest behind. */
  holding(now: number): readonly Partition[] {
    const holding = this.all.filter(partition => this.mayBring(partition, now))
    const lowest = Math.min(...holding.map(({ watermark }) => watermark))
    return holding.filter(({ watermark }) => watermark === lowest)
  }

  /** Whether a partition of which no record is at hand may bring one for this T. */
  mayBring(partition: Partition, now: number): boolean {
    if (this.#mode === 'replay') return !partition.isAtEnd
    return partition.holdsTime(now) || this.#areInTheDark(now)
  }

  /** Nothing is known of any partition, as while the broker is away: no conclusion is drawn from that silence. */
  #areInTheDark(now: number): boolean {
    for (const partition of this.#partitions.values()) if (!partition.isEndUnknown(now)) return false
    return true
  }
}
