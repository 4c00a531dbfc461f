/**
 * Blocks of 32-bit words, in pages: the memory of cases.
 *
 * A million cases as objects are work for the garbage collector; as words in a few hundred typed arrays they are none.
 * A block is named by a *reference*, which stands for a page and an offset in it, and keeps its place until it is freed;
 * pages are added one by one, so growing never copies anything. Freed blocks are used again for blocks of their size.
 *
 * The first word of a block is its capacity in words and belongs to the arena.
 *
 * A snapshot takes a moment however many pages there are: it shares them, and a shared page is copied before it is
 * written to for the first time after that.
 */
export class WordArena {
  readonly #pages: Int32Array[] = []
  /** Words used at the front of the page that is being filled. */
  #filled = PAGE_WORDS
  #filling = -1
  /** By size class: references of freed blocks. */
  readonly #free: number[][] = []
  /** Numbers of pages that held one large block and are empty now. */
  readonly #freePages: number[] = []
  /** By page: whether the latest snapshot shares it; how many are left of them. */
  #isShared = new Uint8Array(0)
  #sharedPages = 0

  /** The page of a block, to be read; its words begin at `offsetOf(reference)`. */
  pageOf(reference: number): Int32Array {
    return this.#pages[reference >>> PAGE_BITS] as Int32Array
  }

  /** The page of a block, which no snapshot shares any more. Whoever holds the page from before holds what was. */
  pageToWrite(reference: number): Int32Array {
    const page = reference >>> PAGE_BITS
    if (this.#sharedPages > 0 && this.#isShared[page] === 1) {
      this.#pages[page] = (this.#pages[page] as Int32Array).slice()
      this.#isShared[page] = 0
      this.#sharedPages--
    }
    return this.#pages[page] as Int32Array
  }

  /**
   * A block of at least so many words, the capacity included; what else stands in it is left over from before. Its page
   * can be written to.
   */
  allocate(words: number): number {
    if (words > LARGEST_SHARED) return this.#allocateLarge(words)
    const sizeClass = classOf(words)
    const freed = this.#free[sizeClass]?.pop()
    if (freed !== undefined) {
      this.pageToWrite(freed)
      return freed
    }
    const capacity = wordsOfClass(sizeClass)
    if (this.#filled + capacity > PAGE_WORDS) {
      this.#filling = this.#addPage(PAGE_WORDS)
      this.#filled = 0
    }
    const offset = this.#filled
    this.#filled += capacity
    const reference = this.#filling * PAGE_WORDS + offset
    this.pageToWrite(reference)[offset] = capacity
    return reference
  }

  free(reference: number): void {
    const capacity = this.pageOf(reference)[offsetOf(reference)] as number
    if (capacity > LARGEST_SHARED) {
      const page = reference >>> PAGE_BITS
      this.#pages[page] = NO_WORDS
      this.#freePages.push(page)
      return
    }
    const sizeClass = classOf(capacity)
    const freed = this.#free[sizeClass]
    if (freed === undefined) this.#free[sizeClass] = [reference]
    else freed.push(reference)
  }

  /** Bytes of all pages. */
  get bytes(): number {
    return this.#pages.reduce((sum, page) => sum + page.byteLength, 0)
  }

  /** Nobody writes to it any more. */
  snapshot(): WordArenaState {
    this.#isShared = new Uint8Array(this.#pages.length).fill(1)
    this.#sharedPages = this.#pages.length
    const pages = this.#pages.slice()
    // The room behind what it holds need not be written down: for a few cases that is nearly all of the page.
    if (this.#filling >= 0) pages[this.#filling] = (pages[this.#filling] as Int32Array).subarray(0, this.#filled)
    return {
      pages,
      filled: this.#filled,
      filling: this.#filling,
      free: Array.from(this.#free, list => new Float64Array(list ?? [])),
      freePages: this.#freePages.slice(),
    }
  }

  /** Takes over a snapshot's pages; the arena must be new. */
  restore(state: WordArenaState): void {
    this.#pages.push(...state.pages)
    if (state.filling >= 0) {
      const page = new Int32Array(PAGE_WORDS)
      page.set(state.pages[state.filling] as Int32Array)
      this.#pages[state.filling] = page
    }
    this.#filled = state.filled
    this.#filling = state.filling
    state.free.forEach((list, sizeClass) => {
      this.#free[sizeClass] = Array.from(list)
    })
    this.#freePages.push(...state.freePages)
  }

  #allocateLarge(words: number): number {
    const page = this.#addPage(words)
    ;(this.#pages[page] as Int32Array)[0] = words
    return page * PAGE_WORDS
  }

  #addPage(words: number): number {
    const page = words === PAGE_WORDS ? this.#pages.length : (this.#freePages.pop() ?? this.#pages.length)
    if (page >= MAX_PAGES) throw new Error('the cases of one partition take more than 16 GiB')
    this.#pages[page] = new Int32Array(words)
    if (this.#isShared[page] === 1) {
      this.#isShared[page] = 0
      this.#sharedPages--
    }
    return page
  }
}

export type WordArenaState = {
  readonly pages: readonly Int32Array[]
  readonly filled: number
  readonly filling: number
  readonly free: readonly Float64Array[]
  readonly freePages: readonly number[]
}

/** Where a block's words begin in its page. */
export const offsetOf = (reference: number): number => reference & (PAGE_WORDS - 1)

const PAGE_BITS = 18
/** 1 MiB: small enough to be made in a fraction of a millisecond. */
const PAGE_WORDS = 1 << PAGE_BITS
const MAX_PAGES = 1 << (32 - PAGE_BITS)
/** Larger blocks have a page of their own. */
const LARGEST_SHARED = PAGE_WORDS / 8
const NO_WORDS = new Int32Array(0)

/** Capacities rise by 2 words up to 64, then by an eighth of the power of two below. */
const STEP = 2
const FINE_CLASSES = 32

function classOf(words: number): number {
  if (words <= STEP * FINE_CLASSES) return (words + STEP - 1) >> 1
  const octave = 31 - Math.clz32(words - 1)
  const eighth = (words - 1 - (1 << octave)) >> (octave - 3)
  return FINE_CLASSES + 1 + (octave - 6) * 8 + eighth
}

function wordsOfClass(sizeClass: number): number {
  if (sizeClass <= FINE_CLASSES) return sizeClass * STEP
  const index = sizeClass - FINE_CLASSES - 1
  const octave = 6 + (index >> 3)
  return (1 << octave) + (((index & 7) + 1) << (octave - 3))
}
