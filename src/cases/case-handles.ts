/**
 * Cases by number: a *handle* stays the same while the case's block moves.
 *
 * Of each the reference of its block, in pages, so that growing copies nothing.
 */
export class CaseHandles {
  readonly #pages: Int32Array[] = []
  readonly #free: number[] = []
  #count = 0

  add(reference: number): number {
    const handle = this.#free.pop() ?? this.#count++
    this.#makeRoomFor(handle)
    this.setReference(handle, reference)
    return handle
  }

  remove(handle: number): void {
    this.setReference(handle, FREE)
    this.#free.push(handle)
  }

  has(handle: number): boolean {
    return this.#page(handle)[handle & MASK] !== FREE
  }

  referenceOf(handle: number): number {
    return (this.#page(handle)[handle & MASK] as number) >>> 0
  }

  setReference(handle: number, reference: number): void {
    this.#page(handle)[handle & MASK] = reference
  }

  *all(): Generator<number> {
    for (let handle = 0; handle < this.#count; handle++) if (this.has(handle)) yield handle
  }

  snapshot(): CaseHandlesState {
    const pages = this.#pages.map((page, number) => page.slice(0, this.#count - (number << BITS)))
    return { pages, count: this.#count }
  }

  /** Takes over a snapshot's pages. */
  restore({ pages, count }: CaseHandlesState): void {
    this.#pages.push(...pages)
    this.#count = count
    for (let handle = 0; handle < count; handle++) {
      if (!this.has(handle)) this.#free.push(handle)
    }
  }

  #makeRoomFor(handle: number): void {
    const number = handle >> BITS
    const page = this.#pages[number]
    if (page !== undefined && (handle & MASK) < page.length) return
    // The first page begins small: a partition of a few cases takes no more. The others come when there are many.
    const length = page === undefined && number === 0 ? FIRST : 1 << BITS
    const roomier = new Int32Array(page === undefined ? length : Math.min(1 << BITS, 2 * Math.max(FIRST, page.length)))
    if (page !== undefined) roomier.set(page)
    this.#pages[number] = roomier
  }

  #page(handle: number): Int32Array {
    return this.#pages[handle >> BITS] as Int32Array
  }
}

export type CaseHandlesState = { readonly pages: readonly Int32Array[]; readonly count: number }

const BITS = 15
const MASK = (1 << BITS) - 1
const FIRST = 64
/** No block begins at the last word of the last page. */
const FREE = -1

/** How many cases a saved state holds. */
export function casesIn({ pages, count }: CaseHandlesState): number {
  let cases = 0
  for (let handle = 0; handle < count; handle++) if (pages[handle >> BITS]?.[handle & MASK] !== FREE) cases++
  return cases
}
