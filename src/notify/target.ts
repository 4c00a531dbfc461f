import PQueue from 'p-queue'
import { type Rate, SendRate } from './send-rate.ts'

/*
 * One address that messages go to, whichever contact points lead there: how many requests are under way, how many a span of
 * time takes, and until when it wants nothing. A queue gives turns; it is paused while the target takes no more, and whoever
 * has a turn takes what is the most urgent then, not what was when it was queued.
 */
export type TargetOptions = {
  readonly rates: readonly Rate[]
  /** Requests that were made before this process was there, as far as is known. */
  readonly sent: readonly number[]
  readonly atOnce: number
  readonly now: () => number
  /** Resolves at that instant, or when nothing is to be begun any more. */
  readonly waitUntil: (at: number) => Promise<void>
}

export class Target {
  readonly #options: TargetOptions
  readonly #turns: PQueue
  readonly #rate: SendRate
  #notBefore = 0
  #isReopening = false
  #isStopped = false

  constructor(options: TargetOptions) {
    this.#options = options
    this.#turns = new PQueue({ concurrency: options.atOnce })
    this.#rate = new SendRate(options.rates, options.sent)
    this.#gate()
  }

  /** Asks for a turn. `act` begins with `take`, or makes no request. */
  turn(act: () => Promise<void>): Promise<void> {
    return this.#isStopped ? Promise.resolve() : this.#turns.add(act)
  }

  /** A request is about to be made. */
  take(): void {
    this.#rate.take(this.#options.now())
    this.#gate()
  }

  /** It wants nothing before. */
  pauseUntil(at: number): void {
    this.#notBefore = Math.max(this.#notBefore, at)
    this.#gate()
  }

  /** How many requests may be made within so long, counted up to `most`. */
  countWithin(withinMs: number, most: number): number {
    return this.#rate.countWithin(this.#options.now(), withinMs, most)
  }

  /** Gives no turn any more. */
  stop(): void {
    this.#isStopped = true
    this.#turns.pause()
    this.#turns.clear()
  }

  #opensAt(now: number): number {
    return Math.max(this.#notBefore, this.#rate.nextAt(now))
  }

  #gate(): void {
    const now = this.#options.now()
    if (this.#opensAt(now) <= now || this.#isStopped) return
    this.#turns.pause()
    if (!this.#isReopening) void this.#reopen()
  }

  async #reopen(): Promise<void> {
    this.#isReopening = true
    while (!this.#isStopped) {
      const now = this.#options.now()
      const at = this.#opensAt(now)
      if (at <= now) break
      await this.#options.waitUntil(at)
    }
    this.#isReopening = false
    if (!this.#isStopped) this.#turns.start()
  }
}
