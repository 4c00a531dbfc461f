import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { JournalError } from '../journal/journal-error.ts'
import { isDiskFull } from '../store/clickhouse/disk-full.ts'

/** How soon it is seen that there is room again. */
const TRY_AGAIN_AFTER_MS = 1_000

/**
 * What a full disk means for journal and snapshots while the program runs: it lives on, and people are told once.
 *
 * Nobody may hear of a transition that is not durable, so an entry of the journal waits for room, and time stands still
 * for its process. A snapshot that does not fit is left out: the one before is as good, only longer ago.
 */
export class FullDisk {
  readonly #data: string
  readonly #logger: Logger
  readonly #stop = new AbortController()
  /** The last entry of each process. */
  readonly #last = new Map<string, Promise<void>>()
  readonly #told = { alerts: false, states: false }
  #waiting = 0

  /** @param data the folder whose disk it is, for people. */
  constructor(data: string, logger: Logger) {
    this.#data = data
    this.#logger = logger
  }

  /**
   * Appends evaluations of one process one after the other: an older one that had to wait must not come after a newer
   * one, or a restart would go on from it and tell alerts again. Where one fails, those behind it do too.
   *
   * @param append reads what it appends when `inOrder` is called, or something that does not change.
   */
  inOrder(process: string, append: () => Promise<void>): Promise<void> {
    const former = this.#last.get(process)
    const mine = former === undefined ? this.untilThereIsRoom(append) : former.then(() => this.untilThereIsRoom(append))
    this.#last.set(process, mine)
    return mine
  }

  /** @throws what `append` rejects with for another reason, or after `stop`. */
  async untilThereIsRoom(append: () => Promise<void>): Promise<void> {
    if (await this.#fits(append)) return
    this.#waiting++
    try {
      do {
        // The wait fails only by the stop signal: then the next attempt is the last one.
        await wait(TRY_AGAIN_AFTER_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined)
      } while (!(await this.#fits(append)))
    } finally {
      this.#waiting--
    }
    if (this.#waiting === 0) this.#tellRoom('alerts', 'alerts go on')
  }

  async #fits(append: () => Promise<void>): Promise<boolean> {
    try {
      await append()
      return true
    } catch (error) {
      const canWait = error instanceof JournalError && error.mayRetry && isDiskFull(error)
      if (!canWait || this.#stop.signal.aborted) throw error
      this.#tellFull('alerts', 'alerts, which must be durable before they are told, wait')
      return false
    }
  }

  /**
   * Saves states, unless entries of the journal wait for room: a state must not be ahead of its evaluator's.
   *
   * @throws what `save` rejects with for another reason than a full disk.
   */
  async unlessFull(save: () => Promise<void>): Promise<void> {
    if (this.#waiting > 0) return
    try {
      await save()
      this.#tellRoom('states', 'state is saved again')
    } catch (error) {
      if (!isDiskFull(error)) throw error
      this.#tellFull('states', 'no state is saved, so that a restart would read again what comes meanwhile')
    }
  }

  /** Nothing waits any more: what still does not fit is an error. */
  stop(): void {
    this.#stop.abort()
  }

  #tellFull(what: 'alerts' | 'states', follows: string): void {
    if (this.#told[what]) return
    this.#told[what] = true
    this.#logger.error({ remedy: 'make room on that disk' }, `the disk of ${this.#data} is full: ${follows}`)
  }

  #tellRoom(what: 'alerts' | 'states', follows: string): void {
    if (!this.#told[what]) return
    this.#told[what] = false
    this.#logger.warn(`there is room again on the disk of ${this.#data}: ${follows}`)
  }
}
