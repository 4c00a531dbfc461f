import type { Instant } from '../event/instant.ts'

/** What a person can do to an alert, with what belongs to it. */
export type AlertDeed =
  | { readonly kind: 'acknowledge'; readonly fields: Record<string, never> }
  | { readonly kind: 'unacknowledge'; readonly fields: Record<string, never> }
  /** `to` is a person; null: nobody any more. */
  | { readonly kind: 'assign'; readonly fields: { readonly to: string | null } }
  /** Nobody is told of it before then; null: from now on as usual. */
  | { readonly kind: 'snooze'; readonly fields: { readonly until: Instant | null } }
  | { readonly kind: 'comment'; readonly fields: { readonly text: string } }
  | { readonly kind: 'feedback'; readonly fields: { readonly verdict: AlertFeedback } }

export type AlertFeedback = 'useful' | 'false_alarm'

/** What a person did to an alert. */
export type AlertAction = AlertDeed & {
  /** Chosen by who asks for it; the same on a repeat, which counts once. */
  readonly id: string
  readonly process: string
  /** Of the alert's transitions. */
  readonly alert: string
  /** The person. */
  readonly by: string
  /** By the wall clock. */
  readonly at: Instant
}
