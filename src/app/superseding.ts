import type { ProcessEngine } from '../engine/process-engine.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { Store } from '../store/store.ts'

/**
 * Where history is folded anew, under a new epoch, its rows replace those of the same keys. Rows of keys that there are no
 * longer (a visit that is none by the new definitions, a segment of a dimension that was dropped) leave once the process
 * has come through its history: until then they are better than nothing.
 */
export class Superseding {
  readonly #store: Pick<Store, 'supersede'>
  readonly #write: (output: ShardOutput) => void
  readonly #waiting: Map<string, ProcessEngine>

  readonly #engines: readonly ProcessEngine[]
  readonly #sinceOf: (process: string, partition: number) => number

  /**
   * @param write takes what a shard puts out.
   * @param sinceOf the epoch under which a shard began with nothing.
   */
  constructor(
    store: Pick<Store, 'supersede'>,
    write: (output: ShardOutput) => void,
    engines: readonly ProcessEngine[],
    sinceOf: (process: string, partition: number) => number,
  ) {
    this.#store = store
    this.#write = write
    this.#engines = engines
    this.#sinceOf = sinceOf
    this.#waiting = new Map(engines.map(engine => [engine.process.name, engine]))
  }

  /** A shard of the process begins with nothing once more. */
  await(process: string): void {
    const engine = this.#engines.find(each => each.process.name === process)
    if (engine !== undefined) this.#waiting.set(process, engine)
  }

  /** To be called after each evaluation. */
  look(process: string): void {
    const engine = this.#waiting.get(process)
    if (engine === undefined || engine.isCatchingUp || !engine.isThroughHistory) return
    this.#waiting.delete(process)
    if (engine.shards.every(({ partition }) => this.#sinceOf(process, partition) === 0)) return
    // What replaces the earlier rows has to be there before these leave.
    for (const output of engine.takeOutput()) this.#write(output)
    // The store tries until it has done so; where it is closed before, the next start asks again.
    for (const { partition } of engine.shards) {
      const since = this.#sinceOf(process, partition)
      if (since > 0) void this.#store.supersede(process, engine.source, partition, since)
    }
  }
}
