import { FoldTime } from '../cases/fold-time.ts'

/** A topic partition that has fallen silent holds back time, and so memory, by no more than this. */
export const LONGEST_HOLD_MS = 86_400_000

/**
 * How far event time has come in each topic partition of a shard, and in the shard.
 *
 * The shard's watermark is the lowest of its topic partitions, but never more than 24 h behind the highest.
 */
export class Watermarks {
  /** What follows from it for the shard. */
  readonly time = new FoldTime()
  readonly #ofSource: number[]
  readonly #settleMs: number

  constructor(sources: number, settleMs: number) {
    this.#ofSource = new Array(sources).fill(-Infinity)
    this.#settleMs = settleMs
  }

  of(source: number): number {
    return this.#ofSource[source] as number
  }

  /** The next event is one of this topic partition. */
  turnTo(source: number): void {
    this.time.lateBefore = Math.max(this.of(source) - this.#settleMs, this.time.horizon)
  }

  /** @returns whether the shard's watermark rose. */
  lift(source: number, at: number): boolean {
    if (at <= this.of(source)) return false
    this.#ofSource[source] = at
    const before = this.time.watermark
    let lowest = at
    let highest = at
    for (const other of this.#ofSource) {
      if (other < lowest) lowest = other
      if (other > highest) highest = other
    }
    const watermark = Math.max(lowest, highest - LONGEST_HOLD_MS)
    this.time.watermark = watermark
    this.time.horizon = watermark - this.#settleMs
    return watermark > before
  }

  snapshot(): readonly number[] {
    return this.#ofSource.slice()
  }

  restore(ofSource: readonly number[]): void {
    ofSource.forEach((at, source) => {
      this.lift(source, at)
    })
  }
}
