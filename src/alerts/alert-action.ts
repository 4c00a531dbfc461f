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
  /** It is over, whatever the rule says. */
  | { readonly kind: 'resolve'; readonly fields: { readonly cause: ResolutionCause; readonly text: string | null } }

export type AlertFeedback = 'useful' | 'false_alarm'

/** What it came from, in words that can be counted over months: the same for every process. */
export const resolutionCauses = [
  /** Too few people, or the wrong ones. */
  'staff',
  /** A machine, a vehicle, a tool. */
  'equipment',
  /** Software, or the network. */
  'system',
  /** Somebody outside: a carrier, a supplier, a bank. */
  'partner',
  /** More came than could be done. */
  'demand',
  /** It was meant to be so: a holiday, maintenance, stocktaking. */
  'planned',
  /** Events were missing or wrong; the process was not. */
  'data',
  /** The rule asks for too much or too little. */
  'rule',
  /** What the text says. */
  'other',
] as const
export type ResolutionCause = (typeof resolutionCauses)[number]

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
