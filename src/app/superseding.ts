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

export type SupersedingParts = {
  readonly store: Pick<Store, 'supersede'>
  /** Takes what a shard puts out. */
  readonly write: (output: ShardOutput) => void
  /** Resolves when what has been put out of a process is with the store; never, if the program ends before. */
  readonly left: (process: string) => Promise<void>
  readonly folds: () => readonly SupersedingFold[]
  /** The epoch under which a shard began with nothing. */
  readonly sinceOf: (process: string, partition: number) => number
}

/**
 * Where history is folded anew, under a new epoch, its rows replace those of the same keys. Rows of keys that there are no
 * longer (a visit that is none by the new definitions, a segment of a dimension that was dropped) leave once the process
 * has come through its history: until then they are better than nothing.
 */
export class Superseding {
  readonly #parts: SupersedingParts
  readonly #waiting: Map<string, SupersedingFold>

  constructor(parts: SupersedingParts) {
    this.#parts = parts
    this.#waiting = new Map(parts.folds().map(fold => [fold.process.name, fold]))
  }

  /** A shard of the process begins with nothing once more. */
  await(process: string): void {
    const fold = this.#parts.folds().find(each => each.process.name === process)
    if (fold !== undefined) this.#waiting.set(process, fold)
  }

  /** To be called again and again. */
  look(process: string): void {
    const fold = this.#waiting.get(process)
    if (fold === undefined || fold.isCatchingUp || !fold.isThroughHistory) return
    this.#waiting.delete(process)
    const { store, write, left, sinceOf } = this.#parts
    const sinces = fold.partitionNumbers.map(partition => [partition, sinceOf(process, partition)] as const)
    if (sinces.every(([, since]) => since === 0)) return
    // What replaces the earlier rows has to be there before these leave.
    for (const output of fold.takeOutput()) write(output)
    // The store tries until it has done so; where it is closed before, the next start asks again.
    void left(process).then(() => {
      for (const [partition, since] of sinces) {
        if (since > 0) void store.supersede(process, fold.source, partition, since)
      }
    })
  }
}
