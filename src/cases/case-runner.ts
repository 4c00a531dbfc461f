import type { AttributeTable } from '../event/attribute-table.ts'
import { EXPIRED, TIP } from './case-layout.ts'
import type { CaseStore } from './case-store.ts'
import type { FoldTime } from './fold-time.ts'
import { CaseEvent } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'
import { applyEvent, type Role, Run } from './run.ts'
import type { VisitList } from './visit-list.ts'

/** Runs the kept events of the store's present case, through one run that is used again for every case. */
export class CaseRunner {
  readonly #store: CaseStore
  readonly #time: FoldTime
  readonly #plan: ProcessPlan
  readonly #table: AttributeTable
  /** What the last way through has left. */
  readonly run: Run
  readonly #kept: CaseEvent

  constructor(store: CaseStore, plan: ProcessPlan, table: AttributeTable, time: FoldTime) {
    const numbers = plan.split.numbers.length
    this.#store = store
    this.#time = time
    this.#plan = plan
    this.#table = table
    this.run = new Run(plan.stageCount, plan.split.carriedNumbers)
    this.#kept = new CaseEvent(numbers)
  }

  /** The case's run after all kept events. */
  through(): Run {
    const { run } = this
    if (this.#store.flags & TIP) {
      this.#store.readTip(run)
      return run
    }
    this.#store.readBase(run)
    this.apply(run, this.#store.count)
    return run
  }

  /** Lets the first so many kept events act on a run. */
  apply(run: Run, count: number): void {
    const kept = this.#kept
    for (let index = 0; index < count; index++) {
      this.#store.readEvent(index, kept)
      applyEvent(this.#plan, this.#table, run, kept, undefined)
    }
  }

  /** The visits that come out. */
  collectAll(list: VisitList): void {
    this.#collect(list, -Infinity, undefined)
  }

  /**
   * The visits that may come out otherwise with another event: those of the kept events that do not count as folded.
   *
   * @param roles takes, by kept event, the part that it plays.
   * @param added the event. One before the horizon is told of itself, and whatever else lay there has been folded away.
   */
  collect(list: VisitList, roles: Role[], added: CaseEvent): void {
    const { horizon } = this.#time
    this.#collect(list, added.at < horizon ? -Infinity : horizon, roles)
  }

  #collect(list: VisitList, horizon: number, roles: Role[] | undefined): void {
    const { run } = this
    const kept = this.#kept
    this.#store.readBase(run)
    let index = 0
    for (; index < this.#store.count && this.#store.instantOf(index) < horizon; index++) {
      this.#store.readEvent(index, kept)
      const role = applyEvent(this.#plan, this.#table, run, kept, undefined)
      if (roles !== undefined) roles[index] = role
    }
    list.begin(run)
    for (; index < this.#store.count; index++) {
      this.#store.readEvent(index, kept)
      list.nextEvent()
      const role = applyEvent(this.#plan, this.#table, run, kept, list)
      if (roles !== undefined) roles[index] = role
    }
    list.end(run, this.#store.flags & EXPIRED ? run.last + this.#plan.caseTimeoutMs : Number.NaN)
  }
}
