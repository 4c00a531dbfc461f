import { MOST_ACTIVITIES_TIMES_TOPICS } from '../model/check-stages.ts'
import type { AmountWords } from './amount-words.ts'
import { readDouble, writeDouble } from './case-layout.ts'
import type { IdBlocks } from './id-blocks.ts'

/** What an event does to its run: read from a case's block, or from a record just decoded. */
export class CaseEvent {
  at = 0
  /** Position in the process's `activities`. */
  activity = 0
  /** Which of the shard's topic partitions it came from. */
  source = 0
  /** Tuple of its labels. */
  tuple = 0
  /** Its numbers; NaN for null. */
  readonly numbers: Float64Array
  /** Hash of its id, and the block that holds it; `NO_ID` where it has none. */
  idHash = 0
  idBlock = NO_ID

  constructor(numbersWidth: number) {
    this.numbers = new Float64Array(numbersWidth)
  }
}

/**
 * Takes the events that count, each once: one that is displaced by a smaller duplicate is withdrawn. The event means
 * something only until the call returns.
 */
export type EventSink = {
  add(event: CaseEvent): void
  withdraw(event: CaseEvent): void
}

/** An amount: a whole number that is mostly small; an instant never is. */
export type NumberKind = 'amount' | 'instant'

/** Reference 0 is that of a block too, so "no id" is a number that no reference has. */
export const NO_ID = -1

/**
 * Kept events as words.
 *
 *     0  `at`, low 32 bits
 *     1  `at`, high 22 bits · 10 bits: activity × sources + source
 *     2  tuple
 *        numbers: an amount takes a word (`AmountWords`), an instant two
 *        hash of the id, reference of its block; only where some source maps ids
 */
export class EventLayout {
  readonly #sources: number
  readonly #amounts: AmountWords
  /** By number: where it stands; −1 − where, of an instant. */
  readonly #numbersAt: Int32Array
  readonly hasIds: boolean
  /** Some of an event's words may own blocks: its id, a large amount. */
  readonly ownsBlocks: boolean
  readonly #idAt: number
  /** Words an event takes. */
  readonly words: number

  /** @throws RangeError where activities × sources do not fit: definitions that were loaded have been checked for it. */
  constructor(
    activities: number,
    sources: number,
    { numberKinds, hasIds }: { readonly numberKinds: readonly NumberKind[]; readonly hasIds: boolean },
    amounts: AmountWords,
  ) {
    if (activities * sources > MOST_ACTIVITIES_TIMES_TOPICS) throw new RangeError('too many activities for one process')
    this.#sources = sources
    this.#amounts = amounts
    this.#numbersAt = new Int32Array(numberKinds.length)
    let next = 3
    numberKinds.forEach((kind, index) => {
      this.#numbersAt[index] = kind === 'amount' ? next : -1 - next
      next += kind === 'amount' ? 1 : 2
    })
    this.hasIds = hasIds
    this.ownsBlocks = hasIds || numberKinds.includes('amount')
    this.#idAt = next
    this.words = next + (hasIds ? 2 : 0)
  }

  read(page: Int32Array, at: number, into: CaseEvent): void {
    const high = page[at + 1] as number
    const code = high & CODE_MASK
    into.at = (high >> CODE_BITS) * 4_294_967_296 + ((page[at] as number) >>> 0)
    const activity = (code / this.#sources) | 0
    into.activity = activity
    into.source = code - activity * this.#sources
    into.tuple = page[at + 2] as number
    const numbersAt = this.#numbersAt
    for (let index = 0; index < numbersAt.length; index++) {
      const place = numbersAt[index] as number
      into.numbers[index] =
        place > 0 ? this.#amounts.read(page[at + place] as number) : readDouble(page, at - 1 - place)
    }
    if (!this.hasIds) return
    into.idHash = page[at + this.#idAt] as number
    into.idBlock = this.idBlock(page, at)
  }

  write(page: Int32Array, at: number, event: CaseEvent): void {
    page[at] = event.at | 0
    page[at + 1] = (Math.floor(event.at / 4_294_967_296) << CODE_BITS) | (event.activity * this.#sources + event.source)
    page[at + 2] = event.tuple
    const numbersAt = this.#numbersAt
    for (let index = 0; index < numbersAt.length; index++) {
      const place = numbersAt[index] as number
      const number = event.numbers[index] as number
      if (place > 0) page[at + place] = this.#amounts.write(number)
      else writeDouble(page, at - 1 - place, number)
    }
    if (!this.hasIds) return
    page[at + this.#idAt] = event.idHash
    // A reference has 32 bits; shifted by one, so that 0 is left for none.
    page[at + this.#idAt + 1] = event.idBlock === NO_ID ? 0 : event.idBlock + 1
  }

  at(page: Int32Array, at: number): number {
    return ((page[at + 1] as number) >> CODE_BITS) * 4_294_967_296 + ((page[at] as number) >>> 0)
  }

  tuple(page: Int32Array, at: number): number {
    return page[at + 2] as number
  }

  /** Frees the blocks that the event's words own. */
  freeBlocks(page: Int32Array, at: number, ids: IdBlocks): void {
    if (this.hasIds) ids.free(this.idBlock(page, at))
    const numbersAt = this.#numbersAt
    for (let index = 0; index < numbersAt.length; index++) {
      const place = numbersAt[index] as number
      if (place > 0) this.#amounts.free(page[at + place] as number)
    }
  }

  idBlock(page: Int32Array, at: number): number {
    const stored = page[at + this.#idAt + 1] as number
    return stored === 0 ? NO_ID : (stored - 1) >>> 0
  }
}

const CODE_BITS = 10
const CODE_MASK = (1 << CODE_BITS) - 1
