import type { Instant } from '../event/instant.ts'
import type { LocalText } from '../model/definitions.ts'
import type { StatisticName } from '../model/statistics.ts'

/** true, false, or unknown: a comparison with a missing value. */
export type Truth = boolean | undefined

/** One comparison of a condition, as it came out. */
export type ExplainedTerm = {
  /** The term as written: `age_p90 > duration("3m")`. */
  readonly text: string
  /** The statistics it reads, with their values; undefined: no samples. */
  readonly values: Readonly<Partial<Record<StatisticName, number | undefined>>>
  readonly result: Truth
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
  /** Visits at risk in the window. */
  readonly samples: number
  readonly minSamples: number
  readonly owner: string
  readonly action: LocalText | undefined
  readonly runbook: string | undefined
}
