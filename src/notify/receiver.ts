import type { OutboxMessage } from '../journal/outbox.ts'

/** What came of one attempt. */
export type SendOutcome =
  | { readonly kind: 'acknowledged' }
  /** May succeed later. `retryAfterMs`: not sooner, for no message to this receiver. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }
  /** The receiver will never take this message. */
  | { readonly kind: 'refused'; readonly problem: string }

/** The other end of a contact point, by whatever channel it is reached. */
export type Receiver = {
  readonly kind: 'webhook'
  /** Rejects for no reason of the receiver's or the network's. Ends soon after the signal. */
  send(message: OutboxMessage, signal: AbortSignal): Promise<SendOutcome>
}
