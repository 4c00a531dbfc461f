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
 * written to for the first time after that. Of a million cases nearly all pages are within a second. Those that only a
 * snapshot has left are taken for the copies of the next one: new ones would have to be made by the system, and would
 * drive the garbage collector.
 */
export class WordArena {
  readonly #pages: Int32Array[] = []
  /** Words used at the front of the page that is being filled, of so many. */
  #filled = 0
  #room = 0
  #filling = -1
  /** By size class: references of freed blocks. */
  readonly #free: number[][] = []
  /** Numbers of pages that held one large block and are empty now. */
  readonly #freePages: number[] = []
  /** By page: whether a snapshot shares it; how many are left of them. */
  #isShared = new Uint8Array(0)
  #sharedPages = 0
  /** By page, also one that only snapshots have left: how many of them have it that are not released. */
  readonly #sharers = new WeakMap<Int32Array, number>()
  /** Whole pages that nobody has. */
  readonly #spare: Int32Array[] = []

  /** The page of a block, to be read; its words begin at `offsetOf(reference)`. */
  pageOf(reference: number): Int32Array {
    return this.#pages[reference >>> PAGE_BITS] as Int32Array
  }

  /** The page of a block, which no snapshot shares any more. Whoever holds the page from before holds what was. */
  pageToWrite(reference: number): Int32Array {
    const page = reference >>> PAGE_BITS
    if (this.#sharedPages > 0 && this.#isShared[page] === 1) {
      this.#pages[page] = this.#copyOf(this.#pages[page] as Int32Array)
      this.#unshare(page)
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
    if (this.#filled + capacity > this.#room) this.#beginPage(capacity)
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

  /** Nobody writes to its pages until it is released. */
  snapshot(): WordArenaState {
    this.#isShared = new Uint8Array(this.#pages.length).fill(1)
    this.#sharedPages = this.#pages.length
    for (const page of this.#pages) this.#sharers.set(page, (this.#sharers.get(page) ?? 0) + 1)
    const pages = this.#pages.slice()
    // The room behind what it holds need not be written down: for a few cases that is nearly all of the page.
    if (this.#filling >= 0) pages[this.#filling] = (pages[this.#filling] as Int32Array).subarray(0, this.#filled)
    const state = {
      pages,
      filled: this.#filled,
      filling: this.#filling,
      free: Array.from(this.#free, list => new Float64Array(list ?? [])),
      freePages: this.#freePages.slice(),
    }
    arenas.set(state, this)
    return state
  }

  /** Nobody reads a snapshot of this arena any more. */
  #release({ pages }: WordArenaState): void {
    // What the copies since it was taken did not need is too much.
    this.#spare.length = 0
    pages.forEach((page, index) => {
      const sharers = this.#sharers.get(page)
      if (sharers === undefined) return
      if (sharers > 1) {
        this.#sharers.set(page, sharers - 1)
        return
      }
      this.#sharers.delete(page)
      if (this.#pages[index] !== page) {
        if (page.length === PAGE_WORDS) this.#spare.push(page)
      } else if (this.#isShared[index] === 1) this.#unshare(index)
    })
  }

  /** Whose snapshot it is may write to its pages again; a copy of one is nobody's. */
  static release(state: WordArenaState): void {
    const arena = arenas.get(state)
    if (arena === undefined) return
    arenas.delete(state)
    arena.#release(state)
  }

  /** Takes over a snapshot's pages; the arena must be new. */
  restore(state: WordArenaState): void {
    this.#pages.push(...state.pages)
    if (state.filling >= 0) {
      const used = state.pages[state.filling] as Int32Array
      const page = new Int32Array(roomOf(state.filling, used.length))
      page.set(used)
      this.#pages[state.filling] = page
      this.#room = page.length
    }
    this.#filled = state.filled
    this.#filling = state.filling
    state.free.forEach((list, sizeClass) => {
      this.#free[sizeClass] = Array.from(list)
    })
    this.#freePages.push(...state.freePages)
  }

  #copyOf(page: Int32Array): Int32Array {
    const spare = page.length === PAGE_WORDS ? this.#spare.pop() : undefined
    if (spare === undefined) return page.slice()
    spare.set(page)
    return spare
  }

  #unshare(page: number): void {
    this.#isShared[page] = 0
    this.#sharedPages--
  }

  #beginPage(least: number): void {
    const page = this.#pages.length
    this.#room = roomOf(page, least)
    this.#addPage(page, this.#room)
    this.#filling = page
    this.#filled = 0
  }

  #allocateLarge(words: number): number {
    const page = this.#freePages.pop() ?? this.#pages.length
    this.#addPage(page, words)
    ;(this.#pages[page] as Int32Array)[0] = words
    return page * PAGE_WORDS
  }

  #addPage(page: number, words: number): void {
    if (page >= MAX_PAGES) throw new Error('the cases of one partition take more than 16 GiB')
    this.#pages[page] = new Int32Array(words)
    if (this.#isShared[page] === 1) this.#unshare(page)
  }
}

export type WordArenaState = {
  readonly pages: readonly Int32Array[]
  readonly filled: number
  readonly filling: number
  readonly free: readonly Float64Array[]
  readonly freePages: readonly number[]
}

/** By snapshot that has not been released. */
const arenas = new WeakMap<WordArenaState, WordArena>()

/** Where a block's words begin in its page. */
export const offsetOf = (reference: number): number => reference & (PAGE_WORDS - 1)

const PAGE_BITS = 18
/** 1 MiB: small enough to be made in a fraction of a millisecond. */
const PAGE_WORDS = 1 << PAGE_BITS
/** The first page: a partition of a few cases takes no more. Each following one is twice as large, up to a whole one. */
const FIRST_PAGE_WORDS = 1 << 12
const MAX_PAGES = 1 << (32 - PAGE_BITS)
/** Larger blocks have a page of their own. */
const LARGEST_SHARED = PAGE_WORDS / 8
const NO_WORDS = new Int32Array(0)

/** Words of the page of that number. @param least that it has to hold. */
function roomOf(page: number, least: number): number {
  let words = FIRST_PAGE_WORDS
  for (let left = page; words < PAGE_WORDS && (left > 0 || words < least); left--) words *= 2
  return words
}

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
