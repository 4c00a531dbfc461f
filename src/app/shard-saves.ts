import type { SavePace } from '../engine/save-pace.ts'
import { failpoint } from '../event/failpoint.ts'
import type { Snapshots } from '../journal/snapshots.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { detachPages, type SplitState } from '../shard/state-pages.ts'

/** Which log a shard's state was folded from. */
export type SavedLog = {
  /** undefined: the source names none. */
  readonly topicId: string | undefined
  /** The first offset that was to be folded; undefined: a part came from a log that is gone, or it is not known. */
  readonly first: number | undefined
  /** Records below it are in the store, from where this fold had got: they may be read there; absent: none. */
  readonly inStoreTo?: number
}

/** Where the fold of a shard comes from. */
export type ShardOrigin = {
  /** The epoch under which it began with nothing: rows of earlier ones are of another fold. */
  readonly since: number
  /** By topic. */
  readonly logs: Readonly<Record<string, SavedLog>>
}

/** One shard as saved: its state, what that was folded by and from, and the rows that were on their way to the store. */
export type SavedShard = ShardOrigin & {
  readonly fingerprint: string
  readonly state: ShardState
  readonly unwritten: ShardOutput
}

/** The same in a snapshot: its pages stand beside it. */
export type SavedPayload = SplitState & Omit<SavedShard, 'state'>

/** A durable state covers a partition below this offset. */
export type Passed = {
  readonly process: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export const shardName = (process: string, partition: number): string => `${process}.${partition}`

/** Saves the shards that are ours and fold; what is saved of others is left alone. */
export class ShardSaves {
  readonly #snapshots: Pick<Snapshots, 'save'>
  readonly #passed: (passed: Passed) => Promise<void>
  readonly #shards = new Map<string, { readonly origin: ShardOrigin; readonly fingerprint: string }>()

  constructor(snapshots: Pick<Snapshots, 'save'>, passed: (passed: Passed) => Promise<void>) {
    this.#snapshots = snapshots
    this.#passed = passed
  }

  /**
   * From now on the shard's states are saved; undefined: they are not, and what is saved of it stays as it is.
   *
   * @param fingerprint of the definitions that it is folded by.
   */
  setOrigin(process: string, partition: number, origin: ShardOrigin | undefined, fingerprint: string): void {
    if (origin === undefined) this.#shards.delete(shardName(process, partition))
    else this.#shards.set(shardName(process, partition), { origin, fingerprint })
  }

  originOf(process: string, partition: number): ShardOrigin | undefined {
    return this.#shards.get(shardName(process, partition))?.origin
  }

  /**
   * Reads the states before it returns, but for their pages, which nobody writes to. Resolves when they are durable.
   *
   * @param after see `FoldWorld.saveShards`.
   * @param pace see there.
   */
  async save(
    process: string,
    shards: ReadonlyMap<number, ShardState>,
    unwrittenOf: (partition: number) => ShardOutput,
    after: Promise<void>,
    pace?: SavePace,
  ): Promise<void> {
    const saved = [...shards].flatMap(([partition, state]) => {
      const shard = this.#shards.get(shardName(process, partition))
      if (shard === undefined) return []
      const offsets = state.topics.map((topic, index) => [topic, state.nextOffsets[index] as number] as const)
      const { rest, counts, pages } = detachPages(state)
      const { origin, fingerprint } = shard
      const payload: SavedPayload = { ...origin, fingerprint, rest, counts, unwritten: unwrittenOf(partition) }
      const done = this.#snapshots.save(shardName(process, partition), payload, pages, after, pace)
      return { partition, offsets, done: done.then(() => failpoint('save-one-shard-done')) }
    })
    // Whoever saves may use the pages of all of them again when this is over.
    const failed = (await Promise.allSettled(saved.map(({ done }) => done))).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    for (const { partition, offsets } of saved) {
      for (const [topic, offset] of offsets) await this.#passed({ process, topic, partition, offset })
    }
  }
}
