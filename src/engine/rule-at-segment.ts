import type { AlertPhase } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { LocalText } from '../model/definitions.ts'
import type { Explanation } from '../rules/explanation.ts'
import type { QuietReason } from '../rules/quiet-reasons.ts'

/** How a rule stands at one segment, whether an alert of it is under way or not. */
export type RuleAtSegment = {
  readonly rule: string
  /** undefined: it is about a stage. */
  readonly measure: number | undefined
  /** Of a rule of deviation: the statistic that it compares. */
  readonly deviationOf: string | undefined
  readonly labels: SegmentLabels
  /** The last evaluation instant. */
  readonly at: Instant
  readonly phase: AlertPhase
  /** The id of the episode under way. */
  readonly alert: string | undefined
  /** undefined: the condition does not hold, and the rule's summary would call a stall what is none. */
  readonly summary: LocalText | undefined
  readonly explanation: Explanation
  /** Empty: it fires. */
  readonly quiet: readonly QuietReason[]
}
