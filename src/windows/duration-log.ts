/**
 * Every duration that was counted or withdrawn in one pane of a stage, in the order in which this happened.
 *
 * Extremes do not subtract: when the shortest duration of a segment is withdrawn, the next one must be found. That is
 * rare, so instead of a sorted structure a segment there is one list for all of them, read through when it is needed
 * and dropped when the pane settles. An entry is two words: 2 · (slot + 1), odd where withdrawn, and the duration in
 * ms; one of 2^31 ms or more stands aside, and its word is −1 − its place there.
 */
export class DurationLog {
  /** Full chunks, then the one that fills. */
  readonly #chunks: Int32Array[]
  #filling: Int32Array
  #used = 0
  readonly #long: number[]

  /**
   * @param state of a snapshot; undefined: the log is empty.
   * @param expected words that an empty one will probably take.
   */
  constructor(state?: DurationLogState, expected = SMALLEST) {
    const filling = state?.chunks.at(-1)
    this.#filling = filling ?? new Int32Array(roomFor(expected))
    this.#used = filling?.length ?? 0
    this.#chunks = state === undefined ? [this.#filling] : [...state.chunks]
    this.#long = state === undefined ? [] : [...state.long]
  }

  /** @param slot of the segment; −1 where the stage has none. */
  add(slot: number, ms: number, sign: 1 | -1): void {
    if (this.#used + 2 > this.#filling.length) this.#makeRoom()
    const chunk = this.#filling
    chunk[this.#used] = ((slot + 1) << 1) | (sign === 1 ? 0 : 1)
    chunk[this.#used + 1] = ms < LONG ? ms : -this.#long.push(ms)
    this.#used += 2
  }

  /**
   * The shortest duration above `bound` that is counted and not withdrawn, and how often.
   *
   * @param slot of the segment; undefined: of all together.
   * @throws Error where there is none.
   */
  nextAbove(bound: number, slot: number | undefined): Found {
    return this.#next(bound, slot, 1)
  }

  /** The longest below `bound`. */
  nextBelow(bound: number, slot: number | undefined): Found {
    return this.#next(bound, slot, -1)
  }

  /** Words taken. */
  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk === this.#filling ? this.#used : chunk.length), 0)
  }

  /** Shares its words: what is added afterwards stands behind them. */
  snapshot(): DurationLogState {
    const chunks = this.#chunks.map(chunk => (chunk === this.#filling ? chunk.subarray(0, this.#used) : chunk))
    return { chunks, long: this.#long.slice() }
  }

  #next(bound: number, slot: number | undefined, direction: 1 | -1): Found {
    // What was counted and withdrawn again adds up to nothing; then the search goes on beyond it.
    for (let from = bound; ; ) {
      const found = this.#nearest(from, slot, direction)
      if (found.times > 0) return found
      from = found.ms
    }
  }

  #nearest(bound: number, slot: number | undefined, direction: 1 | -1): Found {
    let nearest = direction * Infinity
    let times = 0
    const wanted = slot === undefined ? -1 : slot + 1
    for (const chunk of this.#chunks) {
      const end = chunk === this.#filling ? this.#used : chunk.length
      for (let at = 0; at < end; at += 2) {
        const who = chunk[at] as number
        if (wanted >= 0 && who >> 1 !== wanted) continue
        const word = chunk[at + 1] as number
        const ms = word >= 0 ? word : (this.#long[-1 - word] as number)
        if (direction === 1 ? ms <= bound || ms > nearest : ms >= bound || ms < nearest) continue
        if (ms !== nearest) times = 0
        nearest = ms
        times += (who & 1) === 0 ? 1 : -1
      }
    }
    if (!Number.isFinite(nearest)) throw new Error('a duration was withdrawn that had not been counted')
    return { ms: nearest, times }
  }

  /** The first chunk doubles until it is worth a chunk; further ones come beside it. */
  #makeRoom(): void {
    const { length } = this.#filling
    if (length < CHUNK) {
      const longer = new Int32Array(Math.max(SMALLEST, length * 2))
      longer.set(this.#filling)
      this.#chunks[this.#chunks.length - 1] = longer
      this.#filling = longer
      return
    }
    this.#filling = new Int32Array(CHUNK)
    this.#chunks.push(this.#filling)
    this.#used = 0
  }
}

export type Found = { readonly ms: number; readonly times: number }

export type DurationLogState = { readonly chunks: readonly Int32Array[]; readonly long: readonly number[] }

const SMALLEST = 16
const CHUNK = 8_192

/** An eighth more than expected, rounded up to whole lines of the processor's cache. */
const roomFor = (expected: number): number =>
  Math.min(CHUNK, Math.max(SMALLEST, (expected + (expected >> 3) + 15) & ~15))
const LONG = 2 ** 31
