import type { AttributeTable } from '../event/attribute-table.ts'
import type { CaseBookOptions } from './case-book-options.ts'
import type { CaseStore } from './case-store.ts'
import { ChangeLog } from './change-log.ts'
import { attributesOf } from './event-test.ts'
import type { ProcessPlan } from './process-plan.ts'
import { OPEN, outcomeNames } from './run.ts'
import type { ChangedVisit } from './visit.ts'
import { VisitList } from './visit-list.ts'

/**
 * The visits that changed since the rows were taken, told once each, as they are when the rows are taken.
 *
 * A visit is looked up in its case at that moment. Where it leaves the case before (its events are folded away, or the
 * case is forgotten), it is told just before it leaves.
 */
export class ChangedVisits {
  readonly #store: CaseStore
  readonly #plan: ProcessPlan
  readonly #table: AttributeTable
  /** Lists the visits of the store's present case. */
  readonly #collect: (list: VisitList) => void
  readonly #isWanted: boolean
  readonly #showsOpenVisits: (caseId: string) => boolean
  readonly #log = new ChangeLog()
  readonly #list: VisitList
  readonly #listBefore: VisitList
  #left: ChangedVisit[] = []
  #handle = 0

  constructor(
    store: CaseStore,
    plan: ProcessPlan,
    table: AttributeTable,
    collect: (list: VisitList) => void,
    { withVisits, showsOpenVisits }: Pick<CaseBookOptions, 'withVisits' | 'showsOpenVisits'>,
  ) {
    this.#store = store
    this.#plan = plan
    this.#table = table
    this.#collect = collect
    this.#isWanted = withVisits
    this.#showsOpenVisits = showsOpenVisits
    this.#list = new VisitList(plan.stageCount, plan.split.carriedNumbers)
    this.#listBefore = new VisitList(plan.stageCount, plan.split.carriedNumbers)
  }

  /** The store's present case is the one whose visits change next. */
  begin(handle: number): void {
    this.#handle = handle
  }

  changed(stage: number, start: number, ordinal: number): void {
    if (!this.#isWanted || stage >= this.#plan.visibleStages) return
    this.#note(stage, start, ordinal)
  }

  /** As `changed`, of a visit that had ended: a row that says so may have been taken. */
  corrected(stage: number, start: number, ordinal: number): void {
    if (!this.#isWanted || stage >= this.#plan.visibleStages) return
    this.#note(stage, start, ordinal)
    this.#log.corrections[this.#store.changes - 1] = 1
  }

  /** Events of the store's present case are about to be folded away. */
  beforeFold(): void {
    this.#collect(this.#listBefore)
  }

  /** They have been: visits that the case no longer lists are told as they were. */
  afterFold(): void {
    this.#collect(this.#list)
    let isAnyLeft = false
    for (let next = this.#store.changes; next > 0; next = this.#log.previous[next - 1] as number) {
      const entry = next - 1
      if ((this.#log.handles[entry] as number) < 0) continue
      const isListed = this.#rowOf(this.#list, entry) >= 0
      const row = this.#rowOf(this.#listBefore, entry)
      if (isListed || row < 0) {
        isAnyLeft = true
        continue
      }
      this.#tellVisit(this.#left, this.#store.text, this.#listBefore, row, this.#log.settle(entry))
    }
    if (!isAnyLeft) this.#store.changes = 0
  }

  /** The store's present case is about to be forgotten. */
  beforeRemoval(): void {
    this.#tell(this.#left)
  }

  take(): ChangedVisit[] {
    const told = this.#left
    this.#left = []
    for (let entry = 0; entry < this.#log.length; entry++) {
      const handle = this.#log.handles[entry] as number
      if (handle < 0) continue
      this.#store.open(handle)
      this.#tell(told)
    }
    this.#log.clear()
    return told
  }

  /** Tells all changed visits of the store's present case. */
  #tell(told: ChangedVisit[]): void {
    this.#collect(this.#list)
    const caseId = this.#store.text
    for (let next = this.#store.changes; next > 0; next = this.#log.previous[next - 1] as number) {
      const entry = next - 1
      if ((this.#log.handles[entry] as number) < 0) continue
      const row = this.#rowOf(this.#list, entry)
      const isCorrected = this.#log.settle(entry)
      if (row < 0) told.push(this.#deleted(caseId, entry, isCorrected))
      else this.#tellVisit(told, caseId, this.#list, row, isCorrected)
    }
    this.#store.changes = 0
  }

  #note(stage: number, start: number, ordinal: number): void {
    const before = this.#store.changes
    if (this.#log.isLatest(before, stage, start, ordinal)) return
    this.#store.changes = this.#log.add(this.#handle, stage, start, ordinal, before)
  }

  #rowOf(list: VisitList, entry: number): number {
    const log = this.#log
    return list.find(log.stages[entry] as number, log.starts[entry] as number, log.ordinals[entry] as number)
  }

  #tellVisit(told: ChangedVisit[], caseId: string, list: VisitList, row: number, corrected: boolean): void {
    const isNews = corrected || list.outcomes[row] !== OPEN || this.#showsOpenVisits(caseId)
    if (isNews) told.push(this.#visit(caseId, list, row, corrected))
  }

  #deleted(caseId: string, entry: number, corrected: boolean): ChangedVisit {
    return {
      stage: this.#log.stages[entry] as number,
      case: caseId,
      start: this.#log.starts[entry] as number,
      ordinal: this.#log.ordinals[entry] as number,
      corrected,
      deleted: true,
    }
  }

  #visit(caseId: string, list: VisitList, row: number, corrected: boolean): ChangedVisit {
    const { split } = this.#plan
    const width = split.carriedNumbers
    const numbers = list.numbers.subarray(row * width, row * width + width)
    return {
      stage: list.stages[row] as number,
      case: caseId,
      start: list.starts[row] as number,
      ordinal: list.ordinals[row] as number,
      corrected,
      deleted: false,
      visit: list.visits[row] as number,
      outcome: outcomeNames[list.outcomes[row] as number] as (typeof outcomeNames)[number],
      end: list.ends[row] as number,
      group: list.groups[row] as number,
      attributes: attributesOf({ tuple: list.tuples[row] as number, numbers }, split, this.#table),
    }
  }
}
