import type { Instant } from '../event/instant.ts'
import type { ExplainedTerm } from '../model/condition.ts'
import type { LocalText } from '../model/definitions.ts'
import type { Truth } from '../model/truth.ts'
import type { Attribution } from './attribution.ts'
import type { OpenCases } from './open-cases.ts'
import type { SuspectedCause } from './suspected-cause.ts'

export type { ExplainedTerm } from '../model/condition.ts'
export type { Truth } from '../model/truth.ts'

/** What a life table rests on. */
export type LifeTableWidth = {
  /** Length of its window in ms, as widened. */
  readonly windowMs: number
  /** Visits that completed in it: the confidence in its percentiles. */
  readonly exits: number
}

/** What the statistic that a rule is about was when an hour began that is about so long ago. */
export type PastValue = {
  readonly when: 'hour_before' | 'week_before'
  readonly at: Instant
  readonly value: number
}

/** What came into a stage and went out of it within the window, and what is in it: whether arrivals grew or exits failed. */
export type Flow = {
  readonly entered: number
  readonly exited: number
  /** Abandoned and expired. */
  readonly left: number
  readonly wip: number
}

/** The stage before or behind the one that a rule is about: whether it starves it, or is blocked by it. */
export type NeighbourState = Flow & {
  readonly stage: string
  readonly relation: 'upstream' | 'downstream'
  /** Of its counts; that which the page shows it over. */
  readonly windowMs: number
  /** Alerts of it that are open, of whatever segment. */
  readonly alerts: readonly { readonly id: string; readonly rule: string }[]
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
  /** Of the rule's definition, as history names it. Absent: nobody wrote the rule. */
  readonly version?: string
  /**
   * Of the first term's first statistic; of a rule of deviation or absence, of what that is about. Absent: nothing is
   * remembered of it.
   */
  readonly past?: readonly PastValue[]
  /** Of a stage. */
  readonly flow?: Flow
  /** Of a stage: those beside it, upstream first. Absent: there are none. */
  readonly neighbours?: readonly NeighbourState[]
  /** Of a stage. Absent: no case is open. */
  readonly openCases?: OpenCases
  /** Of a stage: a stretch of time [start, end) before, which the window is compared with, and the flow of its visits. */
  readonly before?: {
    readonly start: Instant
    readonly end: Instant
    readonly entered: number
    readonly exited: number
  }
  /** Of a stage, where the condition says how long visits take and some completed on both sides. */
  readonly attribution?: Attribution
  /** Where the condition holds, and something explains it. */
  readonly suspected?: SuspectedCause
  /** The latest event of all logs is so old that the feed itself is silent, so nothing is concluded from what is missing. */
  readonly silentSince?: Instant
  readonly owner: string
  readonly action: LocalText | undefined
  readonly runbook: string | undefined
}
