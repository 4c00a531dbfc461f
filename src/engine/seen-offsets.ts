import { END_UNKNOWN_AFTER_MS } from './partition.ts'

/** The offset up to which a partition has been folded; undefined: it is not ours. */
type OffsetOf = (key: string) => number | undefined

/**
 * The offsets, by `topic:partition`, that an evaluation of an earlier run had seen.
 *
 * Nothing is evaluated until every partition has been folded as far again: what was concluded then rests on it.
 */
export class SeenOffsets {
  readonly #offsets = new Map<string, number>()
  #restoredAt = -Infinity

  restore(offsets: Readonly<Record<string, number>>, nowMs: number): void {
    this.#restoredAt = nowMs
    this.#offsets.clear()
    for (const [key, offset] of Object.entries(offsets)) this.#offsets.set(key, offset)
  }

  forget(key: string): void {
    this.#offsets.delete(key)
  }

  get isAny(): boolean {
    return this.#offsets.size > 0
  }

  /** Whether the record at `next` of a partition is one that had been seen. */
  isBehind(key: string, next: number): boolean {
    return next < (this.#offsets.get(key) ?? 0)
  }

  /** How far the partition had been folded; undefined: it is there again, or nobody had seen it. */
  offsetOf(key: string): number | undefined {
    return this.#offsets.get(key)
  }

  /** The partitions that are behind. One that is not ours is waited for too, though not for ever: it may never be ours again. */
  missing(offsetOf: OffsetOf, nowMs: number): readonly string[] {
    const missing: string[] = []
    for (const [key, offset] of this.#offsets) {
      const next = offsetOf(key)
      if (next === undefined) {
        if (nowMs - this.#restoredAt < END_UNKNOWN_AFTER_MS) missing.push(key)
      } else if (next < offset) missing.push(key)
      else this.#offsets.delete(key)
    }
    return missing
  }
}
