import type { ShardOutput } from '../shard/output.ts'
import type { Store } from '../store/store.ts'

/** What folds some shards of a process. */
export type SupersedingFold = {
  readonly process: { readonly name: string }
  /** What its rows name as their source. */
  readonly source: string
  readonly isCatchingUp: boolean
  readonly isThroughHistory: boolean
  /** Of the shards that are folded here. */
  readonly partitionNumbers: readonly number[]
  takeOutput(): readonly ShardOutput[]
}

/**
 * Where history is folded anew, under a new epoch, its rows replace those of the same keys. Rows of keys that there are no
 * longer (a visit that is none by the new definitions, a segment of a dimension that was dropped) leave once the process
 * has come through its history: until then they are better than nothing.
 */
export class Superseding {
  readonly #store: Pick<Store, 'supersede'>
  readonly #write: (output: ShardOutput) => void
  readonly #waiting: Map<string, SupersedingFold>

  readonly #folds: readonly SupersedingFold[]
  readonly #sinceOf: (process: string, partition: number) => number

  /**
   * @param write takes what a shard puts out.
   * @param sinceOf the epoch under which a shard began with nothing.
   */
  constructor(
    store: Pick<Store, 'supersede'>,
    write: (output: ShardOutput) => void,
    folds: readonly SupersedingFold[],
    sinceOf: (process: string, partition: number) => number,
  ) {
    this.#store = store
    this.#write = write
    this.#folds = folds
    this.#sinceOf = sinceOf
    this.#waiting = new Map(folds.map(fold => [fold.process.name, fold]))
  }

  /** A shard of the process begins with nothing once more. */
  await(process: string): void {
    const fold = this.#folds.find(each => each.process.name === process)
    if (fold !== undefined) this.#waiting.set(process, fold)
  }

  /** To be called again and again. */
  look(process: string): void {
    const fold = this.#waiting.get(process)
    if (fold === undefined || fold.isCatchingUp || !fold.isThroughHistory) return
    this.#waiting.delete(process)
    if (fold.partitionNumbers.every(partition => this.#sinceOf(process, partition) === 0)) return
    // What replaces the earlier rows has to be there before these leave.
    for (const output of fold.takeOutput()) this.#write(output)
    // The store tries until it has done so; where it is closed before, the next start asks again.
    for (const partition of fold.partitionNumbers) {
      const since = this.#sinceOf(process, partition)
      if (since > 0) void this.#store.supersede(process, fold.source, partition, since)
    }
  }
}
