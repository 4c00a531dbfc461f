import { failpoint } from '../event/failpoint.ts'
import { releasePages } from '../shard/state-pages.ts'
import type { LocalShards } from './local-shards.ts'
import { SavePace } from './save-pace.ts'
import type { FoldWorld } from './world.ts'

/**
 * Rows are handed to the store this often: changes of one row meet before they are written, over history all the more. So they
 * do while the store is away, when each row in which they have not met would wait until the next one takes its place.
 */
const LIVE_OUTPUT_EVERY_MS = 500
const SELDOM_OUTPUT_EVERY_MS = 2_000

/** Over history states are saved less often: what a crash costs then is read again as fast as it was read before. */
const HISTORY_SAVE_FACTOR = 3

/** States that rows wait for are saved no more often than this, lest they do nothing else. */
const LEAST_BETWEEN_SAVES_MS = 100

/** Reading out the state, and then writing it, may take this share of the time at most; a large state is saved less often. */
const SAVE_SHARE = 0.1

export type ShardKeeperParts = {
  readonly process: string
  readonly shards: LocalShards
  readonly world: Pick<FoldWorld, 'write' | 'isStoreAway' | 'isSaveUrgent' | 'saveShards'>
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
  /** Before it none is saved, however urgent. */
  #earliestSave = -Infinity
  #saving: Promise<void> = Promise.resolve()
  /** Of the save that is under way beside the fold. */
  #pace = new SavePace(SAVE_SHARE)

  constructor(parts: ShardKeeperParts) {
    this.#parts = parts
    this.#nextSave = performance.now() + (parts.saveEveryMs ?? Infinity)
  }

  /** What is due by now; a state is saved beside the fold. */
  keep(): void {
    const { saveEveryMs, isCatchingUp, world } = this.#parts
    const isHistory = isCatchingUp()
    const outputEveryMs = isHistory || world.isStoreAway() ? SELDOM_OUTPUT_EVERY_MS : LIVE_OUTPUT_EVERY_MS
    if (performance.now() - this.#lastOutput > outputEveryMs) this.writeOutput()
    if (saveEveryMs === undefined) return
    const dueFor = performance.now() - this.#nextSave
    const isDue = dueFor >= 0 && (!isHistory || dueFor > (HISTORY_SAVE_FACTOR - 1) * saveEveryMs)
    if (isDue) this.#saveAside(saveEveryMs)
    else this.#saveIfUrgent()
  }

  /** While there is no room: rows that wait for a state make some when it is saved. */
  keepWithoutRoom(): void {
    this.writeOutput()
    this.#saveIfUrgent()
  }

  writeOutput(): void {
    this.#lastOutput = performance.now()
    for (const output of this.#parts.shards.takeOutput()) this.#parts.world.write(output)
    failpoint('rows-handed-over')
  }

  /** At once: what is under way has no time to rest either. */
  async save(): Promise<void> {
    if (this.#parts.saveEveryMs === undefined) return
    const pace = this.#pace
    pace.hurry()
    await this.#saving
    await this.#save(this.#parts.saveEveryMs, pace)
  }

  /** The evaluator's state goes first: it may be ahead of the shards, which then catch up with it, never behind them. */
  async #save(saveEveryMs: number, pace: SavePace): Promise<void> {
    const { process, shards, world, recordEvaluator } = this.#parts
    // What a state has handed out is in the store or saved with the state; what it has not would be in neither.
    this.writeOutput()
    const startedReading = performance.now()
    const recorded = recordEvaluator()
    const states = new Map(shards.all.map(shard => [shard.partition, shard.snapshot()]))
    const saved = world.saveShards(process, states, recorded, pace)
    const readMs = performance.now() - startedReading
    failpoint('save-under-way')
    try {
      await Promise.all([recorded, saved])
      for (const state of states.values()) releasePages(state)
    } finally {
      const now = performance.now()
      this.#nextSave = now + Math.max(saveEveryMs, readMs / SAVE_SHARE)
      this.#earliestSave = now + Math.max(LEAST_BETWEEN_SAVES_MS, readMs / SAVE_SHARE)
    }
    failpoint('save-done')
  }

  #saveIfUrgent(): void {
    const { process, world, saveEveryMs } = this.#parts
    if (saveEveryMs === undefined || !world.isSaveUrgent(process)) return
    this.#pace.hurry()
    if (performance.now() >= this.#earliestSave) this.#saveAside(saveEveryMs)
  }

  /** One at a time, and the next one at least an interval after this one has ended. */
  #saveAside(saveEveryMs: number): void {
    this.#nextSave = Infinity
    this.#earliestSave = Infinity
    const pace = new SavePace(SAVE_SHARE)
    this.#pace = pace
    this.#saving = this.#saving
      .then(() => this.#save(saveEveryMs, pace))
      .catch(error => this.#parts.failed(error as Error))
  }
}
