/**
 * Small blocks of 32-bit words in one typed array, so that thousands of little counters are no objects.
 *
 * A block has 2^k words. One that is given back is the next one of its size to be handed out; the array doubles when it
 * is full and never shrinks. Block 0 stands for "none".
 */
export class WordArena {
  /** Read and written directly by whoever holds a block; replaced by a longer one whenever a block is taken. */
  words = new Int32Array(256)
  /** Word 0 is never handed out. */
  #used = 1
  /** By size: the block given back last, whose first word tells the one before. */
  readonly #free = new Int32Array(32)

  /** A block of 2^`size` words, all zero. */
  take(size: number): number {
    const free = this.#free[size] as number
    if (free !== 0) {
      this.#free[size] = this.words[free] as number
      this.words.fill(0, free, free + (1 << size))
      return free
    }
    const block = this.#used
    this.#used += 1 << size
    if (this.#used > this.words.length) this.#grow()
    return block
  }

  giveBack(block: number, size: number): void {
    this.words[block] = this.#free[size] as number
    this.#free[size] = block
  }

  snapshot(): WordArenaState {
    return { words: this.words.slice(0, this.#used), free: this.#free.slice() }
  }

  restore({ words, free }: WordArenaState): void {
    this.#used = words.length
    if (this.#used > this.words.length) this.#grow()
    this.words.set(words)
    this.#free.set(free)
  }

  #grow(): void {
    let length = this.words.length * 2
    while (length < this.#used) length *= 2
    const words = new Int32Array(length)
    words.set(this.words)
    this.words = words
  }
}

export type WordArenaState = { readonly words: Int32Array; readonly free: Int32Array }
