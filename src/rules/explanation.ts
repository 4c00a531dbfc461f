import type { Instant } from '../event/instant.ts'
import type { ExplainedTerm } from '../model/condition.ts'
import type { LocalText } from '../model/definitions.ts'
import type { Truth } from '../model/truth.ts'

export type { ExplainedTerm } from '../model/condition.ts'
export type { Truth } from '../model/truth.ts'

/** Why a rule fired, or why it is quiet: part of every verdict. */
export type Explanation = {
  readonly expression: string
  readonly terms: readonly ExplainedTerm[]
  readonly result: Truth
  /** The window [start, end) that the statistics cover. */
  readonly window: { readonly start: Instant; readonly end: Instant }
  /** Lowest watermark of the process's partitions at the evaluation. */
  readonly watermark: Instant | undefined
  /** Visits at risk in the window. */
  readonly samples: number
  readonly minSamples: number
  readonly owner: string
  readonly action: LocalText | undefined
  readonly runbook: string | undefined
}
