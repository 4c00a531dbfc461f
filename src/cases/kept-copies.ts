/**
 * Where further arrivals of exactly the same event came from, of the kept events that have any.
 *
 * Should a smaller event of that identity take the event's place, these arrivals turn out to differ from the one that
 * counts, and are `conflicting` in the topic partition that each came from.
 */
export class KeptCopies {
  /** By case and by the event's identity: the sources. */
  readonly #copies = new Map<number, Map<string, number[]>>()

  add(handle: number, identity: string, source: number): void {
    let ofCase = this.#copies.get(handle)
    if (ofCase === undefined) {
      ofCase = new Map()
      this.#copies.set(handle, ofCase)
    }
    const sources = ofCase.get(identity)
    if (sources === undefined) ofCase.set(identity, [source])
    else sources.push(source)
  }

  has(handle: number): boolean {
    return this.#copies.size > 0 && this.#copies.has(handle)
  }

  /** Takes out the copies of one event. */
  take(handle: number, identity: string): readonly number[] {
    const ofCase = this.#copies.get(handle)
    const sources = ofCase?.get(identity) ?? []
    ofCase?.delete(identity)
    if (ofCase?.size === 0) this.#copies.delete(handle)
    return sources
  }

  forget(handle: number): void {
    if (this.#copies.size > 0) this.#copies.delete(handle)
  }

  snapshot(): KeptCopiesState {
    return [...this.#copies].map(([handle, ofCase]) => [handle, [...ofCase]] as const)
  }

  restore(state: KeptCopiesState): void {
    for (const [handle, ofCase] of state)
      this.#copies.set(handle, new Map(ofCase.map(([identity, sources]) => [identity, [...sources]])))
  }
}

export type KeptCopiesState = readonly (readonly [number, readonly (readonly [string, readonly number[]])[]])[]
