import { setTimeout as wait } from 'node:timers/promises'

/**
 * How quickly a state that is read out already is written beside the fold.
 *
 * Writing takes the time of the thread that folds: bytes are hashed and handed to the system there, and a state may have
 * hundreds of megabytes. Whoever writes rests after each piece, so that all who write at this pace together take a share
 * of the time, and records are folded and judged meanwhile.
 */
export class SavePace {
  readonly #share: number
  readonly #hurried = new AbortController()
  #restUntil = -Infinity

  /** @param share of the time, between 0 and 1. */
  constructor(share: number) {
    this.#share = share
  }

  /** From now on nobody rests: somebody waits for the state. */
  hurry(): void {
    this.#hurried.abort()
  }

  /** Resolves when work may go on that has taken so long. */
  async rest(busyMs: number): Promise<void> {
    if (this.#hurried.signal.aborted) return
    const now = performance.now()
    this.#restUntil = Math.max(this.#restUntil, now) + busyMs * (1 / this.#share - 1)
    // The wait fails only by the hurry.
    await wait(this.#restUntil - now, undefined, { signal: this.#hurried.signal }).catch(() => undefined)
  }
}
