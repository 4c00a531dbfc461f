import { OTHER_SLOT, type SegmentTable } from './segment-table.ts'

/**
 * The slots under which visits are counted.
 *
 * Nearly always that is the slot of a visit's labels. A visit that found no slot is counted under `__other__` for as
 * long as it lives, even when one becomes free: what was counted has to be taken back from where it was counted. Such
 * visits are remembered here, and while there are none this costs nothing.
 */
export class VisitSlots {
  readonly #tables: readonly SegmentTable[]
  /** By case: of its visits (by identity) which of their slots are `__other__`. */
  readonly #others = new Map<number, Map<string, number>>()

  constructor(tables: readonly SegmentTable[]) {
    this.#tables = tables
  }

  /** At entry. A visit that is counted elsewhere there is so from the beginning. */
  entry(handle: number, stage: number, start: number, ordinal: number, tuple: number): number {
    return this.#slot(handle, stage, start, ordinal, tuple, ENTRY, ENTRY | PRESENT | LEAVING)
  }

  /** While open. */
  present(handle: number, stage: number, start: number, ordinal: number, tuple: number): number {
    return this.#slot(handle, stage, start, ordinal, tuple, PRESENT, PRESENT | LEAVING)
  }

  /** At leaving. */
  leaving(handle: number, stage: number, start: number, ordinal: number, tuple: number): number {
    return this.#slot(handle, stage, start, ordinal, tuple, LEAVING, LEAVING)
  }

  /** The visit is no longer so. */
  forgetVisit(handle: number, stage: number, start: number, ordinal: number): void {
    if (this.#others.size > 0) this.#others.get(handle)?.delete(nameOf(stage, start, ordinal))
  }

  forgetCase(handle: number): void {
    if (this.#others.size > 0) this.#others.delete(handle)
  }

  snapshot(): VisitSlotsState {
    return [...this.#others].map(([handle, visits]) => [handle, [...visits]] as const)
  }

  restore(state: VisitSlotsState): void {
    for (const [handle, visits] of state) this.#others.set(handle, new Map(visits))
  }

  #slot(
    handle: number,
    stage: number,
    start: number,
    ordinal: number,
    tuple: number,
    which: number,
    implied: number,
  ): number {
    if (this.#others.size > 0) {
      const flags = this.#others.get(handle)?.get(nameOf(stage, start, ordinal)) ?? 0
      if ((flags & which) !== 0) return OTHER_SLOT
    }
    const slot = (this.#tables[stage] as SegmentTable).admit(tuple)
    if (slot === OTHER_SLOT) this.#remember(handle, nameOf(stage, start, ordinal), implied)
    return slot
  }

  #remember(handle: number, name: string, flags: number): void {
    let visits = this.#others.get(handle)
    if (visits === undefined) {
      visits = new Map()
      this.#others.set(handle, visits)
    }
    visits.set(name, (visits.get(name) ?? 0) | flags)
  }
}

export type VisitSlotsState = readonly (readonly [number, readonly (readonly [string, number])[]])[]

const ENTRY = 1
const PRESENT = 2
const LEAVING = 4

const nameOf = (stage: number, start: number, ordinal: number): string => `${stage}/${start}/${ordinal}`
