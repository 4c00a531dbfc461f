import type { Event } from '../event/event.ts'
import type { RejectReason } from '../event/record.ts'

/** An event of an activity that the process does not name: counted by name, otherwise without effect. */
export type IgnoredEvent = { readonly ignored: string }

/** The record cannot be read. */
export type Rejection = {
  readonly kind: 'rejected'
  readonly reason: Exclude<RejectReason, 'late'>
  /** What was wrong, for a person: `field "order_id" is missing`. */
  readonly detail: string
}

/** What one record says. */
export type Decoded =
  | { readonly kind: 'events'; readonly events: readonly (Event | IgnoredEvent)[] }
  | { readonly kind: 'skipped'; readonly why: 'filtered' | 'tombstone' }
  | Rejection

export const reject = (reason: Rejection['reason'], detail: string): Rejection => ({ kind: 'rejected', reason, detail })
