import type { AttributeTable } from '../event/attribute-table.ts'
import type { CaseKey } from './case-key.ts'
import type { CaseStore } from './case-store.ts'
import { sameNumbers } from './event-order.ts'
import type { FoldTime } from './fold-time.ts'
import { CaseEvent, NO_ID } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'

/** Which events are one: those of a case with the same id, or without one the same activity, instant and what a `where` reads. */
export class Identities {
  readonly #store: CaseStore
  readonly #time: FoldTime
  readonly #plan: ProcessPlan
  readonly #table: AttributeTable
  readonly #kept: CaseEvent

  constructor(store: CaseStore, plan: ProcessPlan, table: AttributeTable, time: FoldTime) {
    this.#store = store
    this.#time = time
    this.#plan = plan
    this.#table = table
    this.#kept = new CaseEvent(plan.split.numbers.length)
  }

  /**
   * Index of the present case's kept event with the same identity, or -1. Cases have few events within `settle`: a walk
   * finds it.
   *
   * @param event not before the horizon, or all before it have been folded away.
   * @param id of the event, undefined where it has none.
   */
  twinOf(event: CaseEvent, id: CaseKey | undefined): number {
    return this.#store.events.hasIds ? this.#twinAmongIds(event, id) : this.#twinByContent(event)
  }

  /** A text that differs where the identity of a case's kept events differs. */
  textOf(kept: CaseEvent): string {
    if (this.#store.events.hasIds && kept.idBlock !== NO_ID) return `#${this.#store.ids.textOf(kept.idBlock)}`
    const labels = this.#plan.identityLabels.map(label => this.#table.valueAt(kept.tuple, label))
    const numbers = this.#plan.identityNumbers.map(index => String(kept.numbers[index]))
    return JSON.stringify([kept.activity, kept.at, labels, numbers])
  }

  #twinByContent(event: CaseEvent): number {
    const store = this.#store
    for (let index = store.count - 1; index >= 0; index--) {
      const at = store.instantOf(index)
      if (at < event.at) return -1
      if (at > event.at) continue
      store.readEvent(index, this.#kept)
      if (this.#isSame(this.#kept, event)) return index
    }
    return -1
  }

  #twinAmongIds(event: CaseEvent, id: CaseKey | undefined): number {
    const store = this.#store
    const kept = this.#kept
    for (let index = store.count - 1; index >= 0; index--) {
      store.readEvent(index, kept)
      // Those that may be folded away have no identity any more.
      if (kept.at < this.#time.horizon) return -1
      if (id === undefined && kept.idBlock === NO_ID) {
        if (kept.at < event.at) return -1
        if (kept.at === event.at && this.#isSame(kept, event)) return index
      } else if (id !== undefined && kept.idBlock !== NO_ID && kept.idHash === event.idHash) {
        if (store.ids.equals(kept.idBlock, id)) return index
      }
    }
    return -1
  }

  /** Of the same instant. */
  #isSame(left: CaseEvent, right: CaseEvent): boolean {
    if (left.activity !== right.activity) return false
    const { identityLabels, identityNumbers } = this.#plan
    if (identityLabels.length === 0 && identityNumbers.length === 0) return true
    if (left.tuple === right.tuple && sameNumbers(left.numbers, right.numbers)) return true
    const table = this.#table
    for (const label of identityLabels) {
      if (table.codeAt(left.tuple, label) !== table.codeAt(right.tuple, label)) return false
    }
    return identityNumbers.every(index => Object.is(left.numbers[index], right.numbers[index]))
  }
}
