import type { ProcessEngine } from '../engine/process-engine.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { Store } from '../store/store.ts'

/**
 * Under a new epoch history is folded anew, and its rows replace those of the same keys. Rows of keys that there are no
 * longer (a visit that is none by the new definitions, a segment of a dimension that was dropped) leave once the process
 * has come through its history: until then they are better than nothing.
 */
export class Superseding {
  readonly #store: Pick<Store, 'supersede'>
  readonly #write: (output: ShardOutput) => void
  readonly #waiting: Map<string, ProcessEngine>

  /** @param write takes what a shard puts out. */
  constructor(
    store: Pick<Store, 'supersede'>,
    write: (output: ShardOutput) => void,
    engines: readonly ProcessEngine[],
  ) {
    this.#store = store
    this.#write = write
    this.#waiting = new Map(engines.filter(({ epoch }) => epoch > 0).map(engine => [engine.process.name, engine]))
  }

  /** To be called after each evaluation. */
  look(process: string): void {
    const engine = this.#waiting.get(process)
    if (engine === undefined || engine.isCatchingUp || !engine.isThroughHistory) return
    this.#waiting.delete(process)
    // What replaces the earlier rows has to be there before these leave.
    for (const output of engine.takeOutput()) this.#write(output)
    // The store tries until it has done so; where it is closed before, the next start asks again.
    for (const { partition } of engine.shards)
      void this.#store.supersede(process, engine.source, partition, engine.epoch)
  }
}
