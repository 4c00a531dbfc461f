/** A record of which nobody is told: its word in place of a place in the list. */
export const NOT_WATCHED = -1

/**
 * Records that changed since somebody took them: a list without repeats.
 *
 * Records are rows of `width` whole numbers. One word of each says where it stands in the list: 0: not there, else
 * 1 + its place. So whoever changes a record asks that word, and calls only where it is 0.
 */
export class ChangedRecords {
  readonly #width: number
  readonly #word: number
  #list = new Int32Array(16)
  #count = 0

  /** @param word which one of a record's. */
  constructor(width: number, word: number) {
    this.#width = width
    this.#word = word
  }

  /** @param record one that is not in the list. */
  add(words: Int32Array, record: number): void {
    if (this.#count === this.#list.length) {
      const longer = new Int32Array(this.#list.length * 2)
      longer.set(this.#list)
      this.#list = longer
    }
    this.#list[this.#count++] = record
    words[record * this.#width + this.#word] = this.#count
  }

  /** The record is none any more. */
  remove(words: Int32Array, record: number): void {
    const at = record * this.#width + this.#word
    const place = words[at] as number
    if (place <= 0) return
    const other = this.#list[--this.#count] as number
    this.#list[place - 1] = other
    words[other * this.#width + this.#word] = place
    words[at] = 0
  }

  /** Empties the list. @returns what it held, in no order that means anything. */
  take(words: Int32Array): Int32Array {
    const taken = this.#list.slice(0, this.#count)
    this.#count = 0
    for (const record of taken) words[record * this.#width + this.#word] = 0
    return taken
  }
}
