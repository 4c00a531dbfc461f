import { BASE, FOLDED } from './case-layout.ts'
import type { CaseRunner } from './case-runner.ts'
import type { CaseStore } from './case-store.ts'
import type { ChangedVisits } from './changed-visits.ts'
import type { FoldTime } from './fold-time.ts'
import type { Identities } from './identities.ts'
import type { KeptCopies } from './kept-copies.ts'
import { CaseEvent } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'
import { ENDED, leavesMemoryAfter } from './run.ts'

/** Lets go of events that nothing can come before any more: the base of their case moves past them. */
export class Folding {
  readonly #store: CaseStore
  readonly #plan: ProcessPlan
  readonly #time: FoldTime
  readonly #runner: CaseRunner
  readonly #identities: Identities
  readonly #copies: KeptCopies
  readonly #changed: ChangedVisits
  readonly #kept: CaseEvent

  constructor(
    store: CaseStore,
    plan: ProcessPlan,
    time: FoldTime,
    parts: { runner: CaseRunner; identities: Identities; copies: KeptCopies; changed: ChangedVisits },
  ) {
    this.#store = store
    this.#plan = plan
    this.#time = time
    this.#runner = parts.runner
    this.#identities = parts.identities
    this.#copies = parts.copies
    this.#changed = parts.changed
    this.#kept = new CaseEvent(plan.split.numbers.length)
  }

  /**
   * Folds the present case's kept events before the horizon, if there are any; more events are expected where its run
   * has not ended.
   *
   * Where base is then of a run that has left memory while a later run of the case is still here, base is forgotten: the
   * kept events are of that later run, so nothing changes for them.
   */
  foldAway(handle: number): void {
    const store = this.#store
    const { horizon } = this.#time
    const { count } = store
    if (count === 0) return
    const isFolding = store.instantOf(0) < horizon
    if (!isFolding && ((store.flags & BASE) === 0 || !this.#isBaseGone())) return
    const { draft } = store
    store.draftAsItIs()
    let first = 0
    while (first < count && store.instantOf(first) < horizon) first++
    if (first > 0) {
      this.#runner.apply(draft.base, first)
      draft.first = first
      draft.flags |= FOLDED | BASE
      draft.foldedTo = store.instantOf(first - 1)
      if (this.#plan.hasWideRows) this.#markFolded(first)
      if (this.#copies.has(handle)) this.#forgetCopies(handle, first)
    }
    draft.spare = draft.base.phase === ENDED ? 0 : 2 * store.events.words
    if (first < count && leavesMemoryAfter(this.#plan, draft.base) < this.#time.watermark) draft.flags &= ~BASE
    if (store.changes === 0) store.rewrite(handle)
    else {
      this.#changed.beforeFold()
      store.rewrite(handle)
      this.#changed.afterFold()
    }
  }

  #isBaseGone(): boolean {
    const { base } = this.#store.draft
    this.#store.readBase(base)
    return leavesMemoryAfter(this.#plan, base) < this.#time.watermark
  }

  #markFolded(first: number): void {
    for (let index = 0; index < first; index++) {
      this.#store.readEvent(index, this.#kept)
      this.#store.draft.foldedAt[this.#kept.activity] = this.#kept.at
    }
  }

  #forgetCopies(handle: number, first: number): void {
    for (let index = 0; index < first; index++) {
      this.#store.readEvent(index, this.#kept)
      this.#copies.take(handle, this.#identities.textOf(this.#kept))
    }
  }
}
