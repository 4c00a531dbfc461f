import { type Instant, instant } from '../event/instant.ts'

/** A gap without events is crossed in no more evaluations than this. */
export const MAX_STEPS_A_GAP = 10_000

/**
 * The instants T at which rules are evaluated: multiples of a step since the epoch, each at most once, never backwards.
 *
 * Live the step is `evaluate_every`; over history it is the pane (rounded up to whole steps), so that a first start
 * on a long topic does not take seconds of work for each hour of it, and gives the very alerts of a replay.
 */
export class EvaluationClock {
  readonly liveStepMs: number
  readonly historyStepMs: number
  #last = -Infinity

  constructor(evaluateEveryMs: number, paneMs: number) {
    this.liveStepMs = evaluateEveryMs
    this.historyStepMs = Math.ceil(paneMs / evaluateEveryMs) * evaluateEveryMs
  }

  /** The last instant evaluated; undefined before the first. */
  get last(): Instant | undefined {
    return this.#last === -Infinity ? undefined : instant(this.#last)
  }

  /** Takes note that `at` has been evaluated. */
  passed(at: number): void {
    if (at < this.#last) throw new Error(`evaluation time went back from ${this.#last} to ${at}`)
    this.#last = at
  }

  /** The next instant on the grid of a step; before the first evaluation, the one after the first event. */
  next(stepMs: number, firstEvent: number): number {
    const from = this.#last === -Infinity ? firstEvent : this.#last
    return (Math.floor(from / stepMs) + 1) * stepMs
  }

  /**
   * The next instant live.
   *
   * @param notBefore what lies before it is passed over: records of the time since then have been folded, so it could
   *   not be judged as it was.
   */
  nextLive(firstEvent: number, notBefore: number): number {
    return Math.max(this.next(this.liveStepMs, firstEvent), Math.ceil(notBefore / this.liveStepMs) * this.liveStepMs)
  }

  /**
   * The next instant over history.
   *
   * A single wrong time (1970) must not cost an evaluation for every second since: a silence is crossed in at most
   * `MAX_STEPS_A_GAP` equal steps. They follow from the logs alone, and stay the same all the way.
   *
   * @param quietSince the latest event before T; all events before `next(historyStepMs, firstEvent)` are known.
   * @param quietUntil the event after it; `Infinity`: there is none.
   */
  nextOverHistory(firstEvent: number, quietSince: number, quietUntil: number): number {
    const next = this.next(this.historyStepMs, firstEvent)
    const steps = (quietUntil - quietSince) / this.historyStepMs
    if (!(steps > MAX_STEPS_A_GAP) || steps === Infinity) return next
    const strideMs = Math.ceil(steps / MAX_STEPS_A_GAP) * this.historyStepMs
    const lastQuiet = Math.floor(quietUntil / this.historyStepMs) * this.historyStepMs
    return Math.max(next, Math.min(this.next(strideMs, firstEvent), lastQuiet))
  }
}
