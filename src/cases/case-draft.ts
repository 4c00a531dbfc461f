import type { CaseEvent } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'
import { Run } from './run.ts'

/** What a case is to become: all of it but its key. One draft is filled anew for each change. */
export type CaseDraft = {
  flags: number
  /** With FOLDED. */
  foldedTo: number
  /** By activity, with FOLDED, where sources have wide rows; `NO_INSTANT` where none. */
  readonly foldedAt: Float64Array
  /** With BASE. */
  readonly base: Run
  /** Kept events, from the block as it is: those from `first` on, but for `without`, with `added` before the one at `place`. */
  first: number
  without: number
  added: CaseEvent | undefined
  place: number
  /** Words that the block should have room for beyond that. */
  spare: number
}

export const newDraft = ({ activities, stageCount, split, hasWideRows }: ProcessPlan): CaseDraft => ({
  flags: 0,
  foldedTo: 0,
  foldedAt: new Float64Array(hasWideRows ? activities.length : 0),
  base: new Run(stageCount, split.carriedNumbers),
  first: 0,
  without: -1,
  added: undefined,
  place: -1,
  spare: 0,
})
