import type { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeValue } from '../event/event.ts'
import { OTHER, type SegmentKey, segmentKey } from '../event/segment.ts'

/** Slot of a stage or measure that is not cut into segments: it has only the total. */
export const NO_SLOT = -1
/** Slot of `__other__`. */
export const OTHER_SLOT = 0

/**
 * The segments of one stage or measure that may be counted by themselves: at most `maxSegments`, admitted in the order
 * in which visits or events ask for them. The others share `__other__`, so that a dimension of unbounded values (a customer id by
 * mistake) cannot fill the memory.
 *
 * A segment is known by a small number, its *slot*, from its admission until the windows release it.
 */
export class SegmentTable {
  /** Positions of the stage's `by` in tuples. */
  readonly #by: readonly number[]
  readonly #maxSegments: number
  readonly #table: AttributeTable
  readonly #slots = new Map<SegmentKey, number>()
  readonly #keys: (SegmentKey | undefined)[]
  readonly #free: number[] = []
  /** By tuple: its slot, -1 where it is not known. */
  #slotOfTuple = new Int32Array(64).fill(-1)
  #generation = 0
  #overflowed = false

  constructor(by: readonly number[], maxSegments: number, table: AttributeTable) {
    this.#by = by
    this.#maxSegments = maxSegments
    this.#table = table
    this.#keys = [segmentKey(by.map(() => OTHER))]
  }

  /** The slot under which a visit with these labels is counted; `OTHER_SLOT` where none is free. */
  admit(tuple: number): number {
    if (this.#by.length === 0) return NO_SLOT
    const known = this.#remembered(tuple)
    if (known >= 0) return known
    const key = this.ownKeyOf(tuple)
    // A value that is spelled like the name of the rest cannot be told from it.
    if (key === this.#keys[OTHER_SLOT]) return OTHER_SLOT
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.#slots.size >= this.#maxSegments) {
        this.#overflowed = true
        return OTHER_SLOT
      }
      slot = this.#free.pop() ?? this.#keys.length
      this.#slots.set(key, slot)
      this.#keys[slot] = key
    }
    this.#slotOfTuple[tuple] = slot
    return slot
  }

  /** The slot that these labels have now; `OTHER_SLOT` where they have none of their own. Admits nothing. */
  slotOf(tuple: number): number {
    if (this.#by.length === 0) return NO_SLOT
    const known = this.#remembered(tuple)
    return known >= 0 ? known : (this.#slots.get(this.ownKeyOf(tuple)) ?? OTHER_SLOT)
  }

  keyOf(slot: number): SegmentKey {
    const key = this.#keys[slot]
    if (key === undefined) throw new Error(`no segment has slot ${slot}`)
    return key
  }

  /** Frees a slot that nothing is counted under any more. */
  release(slot: number): void {
    if (slot === OTHER_SLOT) return
    this.#slots.delete(this.keyOf(slot))
    this.#keys[slot] = undefined
    this.#free.push(slot)
    this.#slotOfTuple.fill(-1)
  }

  get size(): number {
    return this.#slots.size
  }

  /** Some visit has been counted under `__other__`: values of single segments are incomplete. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  snapshot(): SegmentTableState {
    return { slots: [...this.#slots], overflowed: this.#overflowed }
  }

  restore(state: SegmentTableState): void {
    for (const [key, slot] of state.slots) {
      this.#slots.set(key, slot)
      this.#keys[slot] = key
    }
    for (let slot = 1; slot < this.#keys.length; slot++) if (this.#keys[slot] === undefined) this.#free.push(slot)
    this.#overflowed = state.overflowed
  }

  /** -1 where the tuple's slot has not been found yet. */
  #remembered(tuple: number): number {
    if (this.#generation !== this.#table.generation) {
      this.#generation = this.#table.generation
      this.#slotOfTuple.fill(-1)
    }
    if (tuple >= this.#slotOfTuple.length) {
      const larger = new Int32Array(tuple * 2).fill(-1)
      larger.set(this.#slotOfTuple)
      this.#slotOfTuple = larger
    }
    return this.#slotOfTuple[tuple] as number
  }

  /** The key of a visit's own segment, whether it has a slot or not. */
  ownKeyOf(tuple: number): SegmentKey {
    return segmentKey(this.#by.map((position): AttributeValue => this.#table.valueAt(tuple, position)))
  }
}

export type SegmentTableState = {
  readonly slots: readonly (readonly [SegmentKey, number])[]
  readonly overflowed: boolean
}
