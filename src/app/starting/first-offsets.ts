import type { Instant } from '../../event/instant.ts'
import { type AssignedPartition, type PartitionKey, partitionKey } from '../../source/source.ts'
import type { SavedShards, StartingPoint } from '../saved-shards.ts'
import type { PositionPolicy } from './position-policy.ts'
import { instantOf } from './start-from.ts'

/**
 * Where partitions begin of which nothing was saved.
 *
 * What `latest` and `-7d` mean is decided once for a process, when it is first started, and kept: partitions that have
 * not been saved when the program ends begin where they began before, and not an hour later than those that have.
 */
export class FirstOffsets {
  readonly #saved: SavedShards
  readonly #policy: PositionPolicy
  readonly #now: () => number

  constructor(saved: SavedShards, policy: PositionPolicy, now: () => number) {
    this.#saved = saved
    this.#policy = policy
    this.#now = now
  }

  /** Durable when it resolves. Logs that are not known are left out. @param ids topic partitions of one number. */
  async of(
    process: string,
    partition: number,
    ids: readonly AssignedPartition[],
  ): Promise<ReadonlyMap<PartitionKey, number>> {
    const { startFrom, startFromText: text } = this.#policy
    const found = ids.flatMap(id => (id.log === undefined ? [] : [{ key: partitionKey(id), log: id.log }]))
    if (startFrom.kind === 'earliest') return new Map(found.map(({ key, log }) => [key, log.low]))
    const former = await this.#saved.startingPoint(process, partition)
    const isFirst = former?.text !== text
    const point: StartingPoint = isFirst ? { text, at: instantOf(startFrom, this.#now()), offsets: {} } : former
    const offsets = new Map<PartitionKey, number>()
    for (const { key, log } of found) {
      const kept = point.offsets[key]
      const isThere = kept !== undefined && kept >= log.low && kept <= log.high
      const offsetAt = (at: Instant) => (isFirst && startFrom.kind === 'latest' ? log.high : log.offsetAt(at))
      offsets.set(key, isThere ? kept : Math.max(log.low, await offsetAt(point.at)))
    }
    const all = { ...point.offsets, ...Object.fromEntries(offsets) }
    await this.#saved.saveStartingPoint(process, partition, { ...point, offsets: all }, isFirst)
    return offsets
  }
}
