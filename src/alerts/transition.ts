import type { Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { alertPhases } from '../model/alert-phases.ts'
import type { LocalText, Severity } from '../model/definitions.ts'
import type { Explanation } from '../rules/explanation.ts'
import type { SubjectName } from '../rules/rule.ts'

export type AlertPhase = (typeof alertPhases)[number]

/** Why an alert is in its state; the table is in `lifecycle.ts`. */
export type AlertReason =
  | 'no-breach'
  | 'breach-too-young'
  | 'breach-held'
  | 'breach-ended-early'
  | 'already-firing'
  | 'not-recovered'
  | 'recovery-too-young'
  | 'recovery-held'
  | 'breached-again'
  | 'unknown'
  | 'no-data'
  | 'still-no-data'
  | 'no-data-is-ok'
  | 'data-returned'
  /** The rule is no longer there, or cuts by other dimensions. */
  | 'rule-removed'
  /** A person said that it is over. */
  | 'resolved-by-hand'
  /** What came late has made other numbers of those by which it fired. */
  | 'revised'
  /** By these it would not have fired, and it does not hold now. */
  | 'withdrawn'

/** One step of an alert's life, as stored, pushed and written by `replay`. */
export type AlertTransition = UnexplainedTransition & { readonly explanation: Explanation }

export type UnexplainedTransition = SubjectName & {
  /** hash(process, rule, segment, episode start): the same from pending to resolved. */
  readonly id: string
  readonly process: string
  readonly rule: string
  readonly segment: SegmentLabels
  /** The state that the alert entered. */
  readonly state: AlertPhase
  readonly from: AlertPhase
  /** Why it entered that state; why the condition came out so is in the explanation. */
  readonly because: AlertReason
  /** The evaluation instant T. */
  readonly at: Instant
  /** When the condition began to hold. */
  readonly since: Instant
  /** When this episode fired; undefined before. */
  readonly firedAt: Instant | undefined
  /** The value of the condition's first term, in the statistic's own unit; undefined where it has none. */
  readonly value: number | undefined
  readonly owner: string
  readonly severity: Severity
  /** The rule's summary with the values put in. */
  readonly summary: LocalText
}
