import type { Instant } from '../event/instant.ts'
import type { JsonFields } from '../event/json.ts'

export type AlertActionKind = 'acknowledge' | 'assign' | 'comment' | 'snooze' | 'silence' | 'resolve' | 'feedback'

/** What a person did to an alert. */
export type AlertAction = {
  /** Chosen by who asks for it; the same on a repeat, which counts once. */
  readonly id: string
  readonly process: string
  /** Of the alert's transitions. */
  readonly alert: string
  readonly kind: AlertActionKind
  /** The person. */
  readonly by: string
  /** By the wall clock. */
  readonly at: Instant
  /** What belongs to the kind: whom it is assigned to, the text, until when, the cause. */
  readonly fields: JsonFields
}
