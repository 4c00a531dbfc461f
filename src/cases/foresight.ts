import type { DecodedRecord } from '../decode/decoded-record.ts'
import type { CaseIndex } from './case-index.ts'
import { CaseKey } from './case-key.ts'
import { offsetOf, type WordArena } from './word-arena.ts'

/**
 * Touches the words of cases that records will need soon.
 *
 * A million cases lie scattered over hundreds of megabytes, so each event would wait for memory three times: for its
 * place in the index, and for two parts of its case. In a loop that does nothing else the processor waits for many
 * records at once: with a million cases that was a fifth of an event's time. Nothing else comes of it, whoever folds the
 * records looks all of it up again.
 */
export class Foresight {
  readonly #index: CaseIndex
  readonly #arena: WordArena
  readonly #key = new CaseKey()
  #hashes = new Int32Array(32)
  #references = new Float64Array(32)
  /** What was read, of no meaning: kept, so that the reading is not left out as useless. */
  touched = 0

  constructor(index: CaseIndex, arena: WordArena) {
    this.#index = index
    this.#arena = arena
  }

  /** The first `count` of these records come next. */
  foresee(records: readonly DecodedRecord[], count: number): void {
    if (count > this.#hashes.length) {
      this.#hashes = new Int32Array(count)
      this.#references = new Float64Array(count)
    }
    const [hashes, references] = [this.#hashes, this.#references]
    const known = this.#hash(records, count)
    for (let place = 0; place < known; place++) references[place] = this.#index.foresee(hashes[place] as number)
    let touched = 0
    for (let place = 0; place < known; place++) {
      const reference = references[place] as number
      if (reference < 0) continue
      const page = this.#arena.pageOf(reference)
      const at = offsetOf(reference)
      touched += (page[at] as number) + (page[at + CACHE_LINE] as number) + (page[at + 2 * CACHE_LINE] as number)
    }
    this.touched = touched
  }

  /** @returns how many hashes there are: records without events have none. */
  #hash(records: readonly DecodedRecord[], count: number): number {
    const key = this.#key
    let known = 0
    for (let place = 0; place < count; place++) {
      const record = records[place] as DecodedRecord
      if (record.count === 0) continue
      key.set(record.caseBytes, record.caseFrom, record.caseTo)
      this.#hashes[known++] = key.hash
    }
    return known
  }
}

/** Words that the processor fetches at once. */
const CACHE_LINE = 16
