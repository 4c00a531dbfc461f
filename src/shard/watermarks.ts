/** A topic partition that has fallen silent holds back time, and so memory, by no more than this. */
export const LONGEST_HOLD_MS = 86_400_000

/**
 * How far event time has come in each topic partition of a shard, and in the shard.
 *
 * The shard's watermark is the lowest of its topic partitions, but never more than 24 h behind the highest.
 */
export class Watermarks {
  readonly #ofSource: number[]
  readonly #settleMs: number
  #shard = -Infinity

  constructor(sources: number, settleMs: number) {
    this.#ofSource = new Array(sources).fill(-Infinity)
    this.#settleMs = settleMs
  }

  of(source: number): number {
    return this.#ofSource[source] as number
  }

  get shard(): number {
    return this.#shard
  }

  /** Events before it are folded away, panes that end at or before it have settled. */
  get horizon(): number {
    return this.#shard - this.#settleMs
  }

  /** An event of this topic partition is late if older. */
  lateBefore(source: number): number {
    return Math.max(this.of(source) - this.#settleMs, this.horizon)
  }

  /** @returns whether the shard's watermark rose. */
  lift(source: number, at: number): boolean {
    if (at <= this.of(source)) return false
    this.#ofSource[source] = at
    const before = this.#shard
    let lowest = at
    let highest = at
    for (const other of this.#ofSource) {
      if (other < lowest) lowest = other
      if (other > highest) highest = other
    }
    this.#shard = Math.max(lowest, highest - LONGEST_HOLD_MS)
    return this.#shard > before
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
