import { failpoint } from '../event/failpoint.ts'
import type { LocalShards } from './local-shards.ts'
import type { FoldWorld } from './world.ts'

/** Rows are handed to the store this often: changes of one row meet before they are written, over history all the more. */
const LIVE_OUTPUT_EVERY_MS = 500
const HISTORY_OUTPUT_EVERY_MS = 2_000

/** Over history states are saved less often: what a crash costs then is read again as fast as it was read before. */
const HISTORY_SAVE_FACTOR = 3

/** Reading out the state may take this share of the time at most; a large state is saved less often. */
const SAVE_SHARE = 0.1

export type ShardKeeperParts = {
  readonly process: string
  readonly shards: LocalShards
  readonly world: Pick<FoldWorld, 'write' | 'saveShards'>
  /** undefined: states are not saved, as in a replay. */
  readonly saveEveryMs: number | undefined
  readonly isCatchingUp: () => boolean
  /** Makes the evaluator's state durable, which must not be behind the shards as they are at the call. */
  readonly recordEvaluator: () => Promise<void>
  readonly failed: (error: Error) => void
}

/** Rows and states on their way out of the shards that are folded here. */
export class ShardKeeper {
  readonly #parts: ShardKeeperParts
  #lastOutput = 0
  #nextSave: number
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: ShardKeeperParts) {
    this.#parts = parts
    this.#nextSave = performance.now() + (parts.saveEveryMs ?? Infinity)
  }

  /** What is due by now; a state is saved beside the fold. */
  keep(): void {
    const { saveEveryMs, isCatchingUp } = this.#parts
    const isHistory = isCatchingUp()
    const outputEveryMs = isHistory ? HISTORY_OUTPUT_EVERY_MS : LIVE_OUTPUT_EVERY_MS
    if (performance.now() - this.#lastOutput > outputEveryMs) this.writeOutput()
    const dueFor = performance.now() - this.#nextSave
    if (saveEveryMs === undefined || dueFor < 0) return
    if (!isHistory || dueFor > (HISTORY_SAVE_FACTOR - 1) * saveEveryMs) this.#saveAside()
  }

  writeOutput(): void {
    this.#lastOutput = performance.now()
    for (const output of this.#parts.shards.takeOutput()) this.#parts.world.write(output)
    failpoint('rows-handed-over')
  }

  /** The evaluator's state goes first: it may be ahead of the shards, which then catch up with it, never behind them. */
  async save(): Promise<void> {
    const { process, shards, world, saveEveryMs, recordEvaluator } = this.#parts
    if (saveEveryMs === undefined) return
    await this.#saving
    // What a state has handed out is in the store or saved with the state; what it has not would be in neither.
    this.writeOutput()
    const startedReading = performance.now()
    const recorded = recordEvaluator()
    const states = new Map(shards.all.map(shard => [shard.partition, shard.snapshot()]))
    const saved = world.saveShards(process, states, recorded)
    const readMs = performance.now() - startedReading
    failpoint('save-under-way')
    await Promise.all([recorded, saved])
    failpoint('save-done')
    this.#nextSave = performance.now() + Math.max(saveEveryMs, readMs / SAVE_SHARE)
  }

  /** One at a time, and the next one at least an interval after this one has ended. */
  #saveAside(): void {
    this.#nextSave = Infinity
    this.#saving = this.save().catch(error => this.#parts.failed(error as Error))
  }
}
