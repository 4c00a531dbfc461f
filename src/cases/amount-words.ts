import { readDouble, writeDouble } from './case-layout.ts'
import { offsetOf, type WordArena } from './word-arena.ts'

/**
 * Whole numbers, each in one word: twice the number where it has 30 bits, which an amount in cents nearly always has; else
 * the reference of a block that holds it, plus 1. Blocks begin at even words, so references are even.
 *
 * A word that tells a block owns it: whoever lets go of the word frees it, and a word that is copied is owned once.
 */
export class AmountWords {
  readonly #arena: WordArena

  constructor(arena: WordArena) {
    this.#arena = arena
  }

  /** @param value a whole number below 2^53 in size, or NaN. */
  write(value: number): number {
    if (value > -LIMIT && value < LIMIT) return value << 1
    if (Number.isNaN(value)) return NONE
    const block = this.#arena.allocate(3)
    writeDouble(this.#arena.pageOf(block), offsetOf(block) + 1, value)
    return block | 1
  }

  read(word: number): number {
    if ((word & 1) !== 0) {
      const block = blockOf(word)
      return readDouble(this.#arena.pageOf(block), offsetOf(block) + 1)
    }
    return word === NONE ? Number.NaN : word >> 1
  }

  free(word: number): void {
    if ((word & 1) !== 0) this.#arena.free(blockOf(word))
  }
}

const LIMIT = 2 ** 30
/** No number below the limit is written so. */
const NONE = -(2 ** 31)

const blockOf = (word: number): number => (word & ~1) >>> 0
