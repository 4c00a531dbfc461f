/**
 * Cases by number: a *handle* stays the same while the case's block moves.
 *
 * Of each: the reference of its block, and the bucket of deadlines that it stands in. In pages, so that growing copies
 * nothing.
 */
export class CaseHandles {
  readonly #pages: Int32Array[] = []
  readonly #free: number[] = []
  #count = 0

  add(reference: number): number {
    const handle = this.#free.pop() ?? this.#count++
    if (handle >> BITS >= this.#pages.length) this.#pages.push(new Int32Array(2 << BITS))
    this.setReference(handle, reference)
    this.setQueued(handle, NOT_QUEUED)
    return handle
  }

  remove(handle: number): void {
    this.setReference(handle, FREE)
    this.setQueued(handle, NOT_QUEUED)
    this.#free.push(handle)
  }

  has(handle: number): boolean {
    return this.#page(handle)[(handle & MASK) << 1] !== FREE
  }

  referenceOf(handle: number): number {
    return (this.#page(handle)[(handle & MASK) << 1] as number) >>> 0
  }

  setReference(handle: number, reference: number): void {
    this.#page(handle)[(handle & MASK) << 1] = reference
  }

  /** `NOT_QUEUED`: in none. */
  queuedIn(handle: number): number {
    return this.#page(handle)[((handle & MASK) << 1) + 1] as number
  }

  setQueued(handle: number, bucket: number): void {
    this.#page(handle)[((handle & MASK) << 1) + 1] = bucket
  }

  *all(): Generator<number> {
    for (let handle = 0; handle < this.#count; handle++) if (this.has(handle)) yield handle
  }

  snapshot(): CaseHandlesState {
    return { pages: this.#pages.slice(), count: this.#count }
  }

  /** Takes over a snapshot's pages; no case stands in a queue yet. */
  restore({ pages, count }: CaseHandlesState): void {
    this.#pages.push(...pages)
    this.#count = count
    for (let handle = 0; handle < count; handle++) {
      if (this.has(handle)) this.setQueued(handle, NOT_QUEUED)
      else this.#free.push(handle)
    }
  }

  #page(handle: number): Int32Array {
    return this.#pages[handle >> BITS] as Int32Array
  }
}

export type CaseHandlesState = { readonly pages: readonly Int32Array[]; readonly count: number }

/** Of a case that waits for nothing. */
export const NOT_QUEUED = -(2 ** 31)

const BITS = 15
const MASK = (1 << BITS) - 1
/** No block begins at the last word of the last page. */
const FREE = -1
