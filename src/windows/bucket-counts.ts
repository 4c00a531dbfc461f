import type { BucketList } from './pane.ts'
import type { WordArena } from './word-arena.ts'

/*
 * Counts by bucket in blocks of an arena; a whole number names one such histogram, 0 the empty one.
 *
 *     word 0   size of the block (2^size words), + DENSE
 *     word 1   sparse: how many pairs; dense: the first bucket
 *     word 2…  sparse: pairs (bucket, count) in no order; dense: counts of one bucket after the other
 *
 * Most panes of a segment hold a few durations far apart: they are pairs. A busy pane fills a range of some hundred
 * buckets: from the 16th bucket on it is dense, and a count is found by its place.
 */
const DENSE = 256
const SMALLEST = 3
const LARGEST_SPARSE = 5
const HEADER = 2

export class BucketCounts {
  readonly #arena: WordArena

  constructor(arena: WordArena) {
    this.#arena = arena
  }

  /**
   * Adds to the count of a bucket; counts may be negative, those of zero are none.
   *
   * @returns what names the histogram from now on: it moves when it grows.
   */
  add(histogram: number, bucket: number, by: number): number {
    if (histogram === 0) return this.#addPair(this.#take(SMALLEST), bucket, by)
    const { words } = this.#arena
    if ((words[histogram] as number) < DENSE) return this.#addSparse(histogram, bucket, by)
    const size = (words[histogram] as number) - DENSE
    const place = bucket - (words[histogram + 1] as number)
    if (place >= 0 && place < (1 << size) - HEADER) {
      const at = histogram + HEADER + place
      words[at] = (words[at] as number) + by
      return histogram
    }
    const moved = this.#widen(histogram, size, bucket)
    return this.add(moved, bucket, by)
  }

  release(histogram: number): void {
    if (histogram === 0) return
    this.#arena.giveBack(histogram, (this.#arena.words[histogram] as number) & (DENSE - 1))
  }

  /** Lists the counts that are not zero, by rising bucket. */
  list(histogram: number, into: BucketList): void {
    into.clear()
    if (histogram === 0) return
    const { words } = this.#arena
    const head = words[histogram] as number
    const from = histogram + HEADER
    if (head < DENSE) {
      const end = from + 2 * (words[histogram + 1] as number)
      for (let at = from; at < end; at += 2) into.insert(words[at] as number, words[at + 1] as number)
      return
    }
    const first = words[histogram + 1] as number
    const length = (1 << (head - DENSE)) - HEADER
    for (let place = 0; place < length; place++) {
      const count = words[from + place] as number
      if (count !== 0) into.push(first + place, count)
    }
  }

  #take(size: number): number {
    const block = this.#arena.take(size)
    this.#arena.words[block] = size
    return block
  }

  #addSparse(histogram: number, bucket: number, by: number): number {
    const { words } = this.#arena
    const pairs = words[histogram + 1] as number
    const end = histogram + HEADER + 2 * pairs
    for (let at = histogram + HEADER; at < end; at += 2) {
      if (words[at] !== bucket) continue
      const count = (words[at + 1] as number) + by
      words[at + 1] = count
      if (count !== 0) return histogram
      words[at] = words[end - 2] as number
      words[at + 1] = words[end - 1] as number
      words[histogram + 1] = pairs - 1
      return histogram
    }
    const size = words[histogram] as number
    if (HEADER + 2 * (pairs + 1) <= 1 << size) return this.#addPair(histogram, bucket, by)
    if (size === LARGEST_SPARSE) return this.add(this.#makeDense(histogram, pairs, bucket), bucket, by)
    const moved = this.#take(size + 1)
    const target = this.#arena.words
    target.copyWithin(moved + 1, histogram + 1, end)
    this.#arena.giveBack(histogram, size)
    return this.#addPair(moved, bucket, by)
  }

  #addPair(histogram: number, bucket: number, by: number): number {
    const { words } = this.#arena
    const pairs = words[histogram + 1] as number
    words[histogram + HEADER + 2 * pairs] = bucket
    words[histogram + HEADER + 2 * pairs + 1] = by
    words[histogram + 1] = pairs + 1
    return histogram
  }

  /** @param bucket comes on top of those that are there. */
  #makeDense(histogram: number, pairs: number, bucket: number): number {
    let first = bucket
    let last = bucket
    const before = this.#arena.words
    for (let at = histogram + HEADER; at < histogram + HEADER + 2 * pairs; at += 2) {
      first = Math.min(first, before[at] as number)
      last = Math.max(last, before[at] as number)
    }
    const dense = this.#takeDense(first, last)
    const { words } = this.#arena
    const from = dense + HEADER - (words[dense + 1] as number)
    for (let at = histogram + HEADER; at < histogram + HEADER + 2 * pairs; at += 2) {
      words[from + (words[at] as number)] = words[at + 1] as number
    }
    this.#arena.giveBack(histogram, LARGEST_SPARSE)
    return dense
  }

  #widen(histogram: number, size: number, bucket: number): number {
    const first = this.#arena.words[histogram + 1] as number
    const length = (1 << size) - HEADER
    const dense = this.#takeDense(Math.min(first, bucket), Math.max(first + length - 1, bucket))
    const { words } = this.#arena
    const from = histogram + HEADER
    words.copyWithin(dense + HEADER + first - (words[dense + 1] as number), from, from + length)
    this.#arena.giveBack(histogram, size)
    return dense
  }

  /** Room for a range of buckets, with what is to spare on both sides of it. */
  #takeDense(first: number, last: number): number {
    let size = LARGEST_SPARSE + 1
    while ((1 << size) - HEADER <= last - first) size++
    const dense = this.#take(size)
    const { words } = this.#arena
    words[dense] = DENSE + size
    words[dense + 1] = first - (((1 << size) - HEADER - (last - first + 1)) >> 1)
    return dense
  }
}
