import { BucketCounts } from './bucket-counts.ts'
import { clearExtremes, narrowExtremes, widenExtremes } from './duration-extremes.ts'
import type { DurationLog } from './duration-log.ts'
import type { Durations } from './pane.ts'
import { WordArena, type WordArenaState } from './word-arena.ts'

/**
 * Of the records of a stage with a calendar: their durations by the wall clock.
 *
 * Such a stage counts business time wherever others count the wall clock, in panes, windows and the life table; what the
 * wall clock says is shown in rows only, so it stands aside here, under the numbers of the records that it belongs to.
 * A stage without a calendar has none of this.
 */
export class WallRecords {
  #words = new Int32Array(16 * WORDS)
  #numbers = new Float64Array(16 * NUMBERS)
  readonly #arena = new WordArena()
  readonly #histograms = new BucketCounts(this.#arena)

  /** A record without any durations. */
  take(record: number): void {
    while ((record + 1) * WORDS > this.#words.length) this.#grow()
    const at = record * WORDS
    this.#words.fill(0, at, at + WORDS)
    this.#numbers[record * NUMBERS] = 0
    clearExtremes(this.#numbers, record * NUMBERS + LEAST)
  }

  giveBack(record: number): void {
    this.#histograms.release(this.#words[record * WORDS] as number)
  }

  /**
   * A visit was completed.
   *
   * @param slot of the record's segment; undefined: it is of the total.
   * @param log of the slice and the wall clock, which has been told of the duration before.
   */
  complete(record: number, ms: number, bucket: number, sign: 1 | -1, slot: number | undefined, log: DurationLog): void {
    const at = record * WORDS
    const place = record * NUMBERS
    const words = this.#words
    const numbers = this.#numbers
    const exited = (words[at + EXITED] as number) + sign
    words[at + EXITED] = exited
    words[at] = this.#histograms.add(words[at] as number, bucket, sign)
    numbers[place] = (numbers[place] as number) + sign * ms
    if (sign === 1) widenExtremes(numbers, place + LEAST, words, at + AT_LEAST, ms)
    else if (exited === 0) clearExtremes(numbers, place + LEAST)
    else narrowExtremes(numbers, place + LEAST, words, at + AT_LEAST, ms, log, slot)
  }

  read(record: number, into: Durations): void {
    const place = record * NUMBERS
    into.sumMs = this.#numbers[place] as number
    into.leastMs = this.#numbers[place + LEAST] as number
    into.mostMs = this.#numbers[place + LEAST + 1] as number
    this.#histograms.list(this.#words[record * WORDS] as number, into.durations)
  }

  /** @param size how many records there are. */
  snapshot(size: number): WallRecordsState {
    return {
      words: this.#words.slice(0, size * WORDS),
      numbers: this.#numbers.slice(0, size * NUMBERS),
      arena: this.#arena.snapshot(),
    }
  }

  restore({ words, numbers, arena }: WallRecordsState): void {
    while (this.#words.length < words.length) this.#grow()
    this.#words.set(words)
    this.#numbers.set(numbers)
    this.#arena.restore(arena)
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2)
    words.set(this.#words)
    this.#words = words
    const numbers = new Float64Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
  }
}

export type WallRecordsState = {
  readonly words: Int32Array
  readonly numbers: Float64Array
  readonly arena: WordArenaState
}

/** Whole numbers of a record; the first is its histogram. */
const WORDS = 4
const EXITED = 1
/** How many durations are the shortest, and the longest. */
const AT_LEAST = 2

/** Its other numbers; the first is the sum. */
const NUMBERS = 3
/** The shortest, and the longest. */
const LEAST = 1
