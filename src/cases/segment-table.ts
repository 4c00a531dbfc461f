import type { AttributeValue } from '../event/event.ts'
import { OTHER, type SegmentKey, segmentKey, TOTAL } from '../event/segment.ts'

/**
 * The segments of one stage that may be counted by themselves: at most `maxSegments`, admitted in the order in which
 * visits ask for them. The others share `__other__`, so that a dimension of unbounded values (a customer id by
 * mistake) cannot fill the memory. A visit keeps the key it was given, so what was counted is taken back from there.
 */
export class SegmentTable {
  readonly #by: readonly number[]
  readonly #maxSegments: number
  readonly #other: SegmentKey
  readonly #admitted = new Map<string, SegmentKey>()
  #overflowed = false

  constructor(by: readonly number[], maxSegments: number) {
    this.#by = by
    this.#maxSegments = maxSegments
    this.#other = segmentKey(by.map(() => OTHER))
  }

  /** The key under which a visit with these attributes of its run is counted. */
  admit(attributes: readonly AttributeValue[]): SegmentKey {
    if (this.#by.length === 0) return TOTAL
    const memo = this.#memo(attributes)
    const known = this.#admitted.get(memo)
    if (known !== undefined) return known
    if (this.#admitted.size >= this.#maxSegments) {
      this.#overflowed = true
      return this.#other
    }
    const key = this.#keyOf(attributes)
    this.#admitted.set(memo, key)
    return key
  }

  /** The key of a visit whose attributes have changed: under `__other__` it stays for as long as it lives. */
  readmit(key: SegmentKey, attributes: readonly AttributeValue[]): SegmentKey {
    return key === this.#other ? key : this.admit(attributes)
  }

  /** Frees the slots of segments for which `isInUse` says no. */
  release(isInUse: (key: SegmentKey) => boolean): void {
    for (const [memo, key] of this.#admitted) if (!isInUse(key)) this.#admitted.delete(memo)
  }

  get size(): number {
    return this.#admitted.size
  }

  /** Some visit has been counted under `__other__`: values of single segments are incomplete. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  snapshot(): SegmentTableState {
    return { admitted: [...this.#admitted], overflowed: this.#overflowed }
  }

  restore(state: SegmentTableState): void {
    this.#admitted.clear()
    for (const [memo, key] of state.admitted) this.#admitted.set(memo, key)
    this.#overflowed = state.overflowed
  }

  /** A text that differs where the key differs, cheaper than the key: most stages have one dimension, most values are texts. */
  #memo(attributes: readonly AttributeValue[]): string {
    const [only] = this.#by
    const value = this.#by.length === 1 ? attributes[only as number] : undefined
    // A text that begins like the memos below must not pass for one of them.
    if (typeof value === 'string' && value.charCodeAt(0) !== 0) return value
    return '\u0000' + this.#keyOf(attributes)
  }

  #keyOf(attributes: readonly AttributeValue[]): SegmentKey {
    return segmentKey(this.#by.map(index => attributes[index] ?? null))
  }
}

export type SegmentTableState = {
  readonly admitted: readonly (readonly [string, SegmentKey])[]
  readonly overflowed: boolean
}
