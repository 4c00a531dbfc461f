import type { Visit, VisitChange } from '../cases/visit.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { StageWindows } from './stage-windows.ts'

/*
 * THE FORMER WAY IN, to be deleted (with `StageWindows.apply`) once the shard tells slots: takes changes of whole visits
 * and gives segments slots of its own.
 */
export class VisitChangeSlots {
  readonly #isSegmented: boolean
  readonly #slots = new Map<SegmentKey, number>()
  readonly #keys: SegmentKey[] = []
  readonly #free: number[] = []

  constructor(isSegmented: boolean) {
    this.#isSegmented = isSegmented
  }

  keyOf(slot: number): SegmentKey {
    return this.#keys[slot] as SegmentKey
  }

  apply({ sign, visit }: VisitChange, windows: StageWindows): void {
    windows.enter(this.#slotOf(visit.entrySegment), visit.start, visit.visit > 1, sign)
    this.#bePresent(sign, visit, windows)
  }

  release(slot: number): void {
    // A slot that somebody else gave is not ours to give again.
    if (this.#slots.delete(this.keyOf(slot))) this.#free.push(slot)
  }

  restore(segments: readonly SegmentKey[], slots: Int32Array): void {
    segments.forEach((key, at) => {
      const slot = slots[at] as number
      this.#slots.set(key, slot)
      this.#keys[slot] = key
    })
    for (let slot = 0; slot < this.#keys.length; slot++) if (!slots.includes(slot)) this.#free.push(slot)
  }

  #bePresent(sign: 1 | -1, visit: Visit, windows: StageWindows): void {
    const slot = this.#slotOf(visit.segment)
    if (visit.outcome === 'open') windows.appear(slot, visit.start, sign)
    else windows.leave(slot, slot, visit.start, visit.end, visit.outcome, sign)
  }

  #slotOf(key: SegmentKey): number {
    if (!this.#isSegmented) return -1
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const slot = this.#free.pop() ?? this.#keys.length
    this.#keys[slot] = key
    this.#slots.set(key, slot)
    return slot
  }
}
