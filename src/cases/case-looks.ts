import { EXPIRED } from './case-layout.ts'
import type { CaseRunner } from './case-runner.ts'
import type { CaseStore } from './case-store.ts'
import type { DuePositions } from './due-positions.ts'
import { type OpenDue, openDues } from './open-due.ts'
import type { ProcessPlan } from './process-plan.ts'

/** Reads single cases of a book, which it leaves as they are; to be asked between two events only. */
export class CaseLooks {
  readonly #store: CaseStore
  readonly #plan: ProcessPlan
  readonly #runner: CaseRunner
  readonly #due: DuePositions
  /** Of the visit that was found last. */
  start = 0
  slot = 0

  constructor(store: CaseStore, plan: ProcessPlan, runner: CaseRunner, due: DuePositions) {
    this.#store = store
    this.#plan = plan
    this.#runner = runner
    this.#due = due
  }

  /** Of a case's open visits those that are due at some time; none where the case is not here. @param id its bytes. */
  openDuesOf(id: Uint8Array): OpenDue[] {
    this.#store.key.set(id, 0, id.length)
    const handle = this.#store.find()
    if (handle < 0) return []
    this.#store.open(handle)
    if (this.#store.flags & EXPIRED) return []
    return openDues(this.#plan, this.#due, handle, this.#runner.through())
  }

  /** Whether a case has an open visit of a stage, of which `start` and `slot` then tell, and `text` of the case. */
  finds(handle: number, stage: number): boolean {
    if (!this.#store.has(handle)) return false
    this.#store.look(handle)
    if (this.#store.flags & EXPIRED) return false
    const run = this.#runner.through()
    if (run.isOpen[stage] === 0) return false
    this.start = run.starts[stage] as number
    this.slot = this.#due.slotOf(handle, run, stage)
    return true
  }

  /** The id of the case that was looked at last. */
  get text(): string {
    return this.#store.text
  }

  /** When the open visit of a stage is due; undefined: it is not open, or never due. */
  openDueOf(handle: number, stage: number): OpenDue | undefined {
    if (!this.finds(handle, stage)) return undefined
    return openDues(this.#plan, this.#due, handle, this.#runner.run).find(due => due.stage === stage)
  }
}
