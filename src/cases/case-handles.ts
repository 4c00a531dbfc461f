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
    if (handle >> BITS >= this.#pages.length) this.#pages.push(new Int32Array(1 << BITS))
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
    return { pages: this.#pages.map(page => page.slice()), count: this.#count }
  }

  /** Takes over a snapshot's pages. */
  restore({ pages, count }: CaseHandlesState): void {
    this.#pages.push(...pages)
    this.#count = count
    for (let handle = 0; handle < count; handle++) {
      if (!this.has(handle)) this.#free.push(handle)
    }
  }

  #page(handle: number): Int32Array {
    return this.#pages[handle >> BITS] as Int32Array
  }
}

export type CaseHandlesState = { readonly pages: readonly Int32Array[]; readonly count: number }

const BITS = 15
const MASK = (1 << BITS) - 1
/** No block begins at the last word of the last page. */
const FREE = -1

/** How many cases a saved state holds. */
export function casesIn({ pages, count }: CaseHandlesState): number {
  let cases = 0
  for (let handle = 0; handle < count; handle++) if (pages[handle >> BITS]?.[handle & MASK] !== FREE) cases++
  return cases
}
