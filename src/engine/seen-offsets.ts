import { END_UNKNOWN_AFTER_MS } from './partition.ts'

/** The offset up to which a partition has been folded; undefined: it is not ours. */
type OffsetOf = (key: string) => number | undefined

/**
 * The offsets, by `topic:partition`, that an evaluation has seen of partitions that are not as far now: those of an
 * earlier run, and those that were taken away.
 *
 * Nothing is evaluated until every partition has been folded as far again: what was concluded then rests on it.
 */
export class SeenOffsets {
  readonly #seen = new Map<string, { readonly offset: number; readonly sinceMs: number }>()

  restore(offsets: Readonly<Record<string, number>>, nowMs: number): void {
    this.#seen.clear()
    for (const [key, offset] of Object.entries(offsets)) this.lose(key, offset, nowMs)
  }

  /** The partition is not ours any more; its state may come back from where it was saved last. */
  lose(key: string, offset: number, nowMs: number): void {
    const former = this.offsetOf(key) ?? 0
    this.#seen.set(key, { offset: Math.max(former, offset), sinceMs: nowMs })
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }

  get isAny(): boolean {
    return this.#seen.size > 0
  }

  /** Whether the record at `next` of a partition is one that had been seen. */
  isBehind(key: string, next: number): boolean {
    return next < (this.offsetOf(key) ?? 0)
  }

  /** How far the partition had been folded; undefined: it is there again, or nobody had seen it. */
  offsetOf(key: string): number | undefined {
    return this.#seen.get(key)?.offset
  }

  /** The partitions that are behind. One that is not ours is waited for too, though not for ever: it may never be ours again. */
  missing(offsetOf: OffsetOf, nowMs: number): readonly string[] {
    const missing: string[] = []
    for (const [key, { offset, sinceMs }] of this.#seen) {
      const next = offsetOf(key)
      if (next === undefined) {
        if (nowMs - sinceMs < END_UNKNOWN_AFTER_MS) missing.push(key)
      } else if (next < offset) missing.push(key)
      else this.#seen.delete(key)
    }
    return missing
  }
}
