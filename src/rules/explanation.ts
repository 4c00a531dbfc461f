import type { Instant } from '../event/instant.ts'
import type { ExplainedTerm } from '../model/condition.ts'
import type { LocalText } from '../model/definitions.ts'
import type { Truth } from '../model/truth.ts'

export type { ExplainedTerm } from '../model/condition.ts'
export type { Truth } from '../model/truth.ts'

/** What a life table rests on. */
export type LifeTableWidth = {
  /** Length of its window in ms, as widened. */
  readonly windowMs: number
  /** Visits that completed in it: the confidence in its percentiles. */
  readonly exits: number
}

/** Why a rule fired, or why it is quiet: part of every verdict. */
export type Explanation = {
  readonly expression: string
  readonly terms: readonly ExplainedTerm[]
  readonly result: Truth
  /** The window [start, end) that the statistics cover. */
  readonly window: { readonly start: Instant; readonly end: Instant }
  /** Lowest watermark of the process's partitions at the evaluation. */
  readonly watermark: Instant | undefined
  /** Visits at risk in the window; of a measure, events. */
  readonly samples: number
  /** Of the life table behind live percentiles; absent: the rule reads none. */
  readonly live?: LifeTableWidth
  /** How far some log goes was not known at the evaluation: it may hold more than was read. Absent: all was. */
  readonly partial?: true
  readonly minSamples: number
  readonly owner: string
  readonly action: LocalText | undefined
  readonly runbook: string | undefined
}
