import type { Json } from '../event/json.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Channel } from '../model/definitions.ts'
import type { Rate } from './send-rate.ts'

/** What came of one attempt. */
export type SendOutcome =
  /** `tasks`: the ids of the tasks that its alerts have now, by alert. */
  | { readonly kind: 'acknowledged'; readonly tasks?: Readonly<Record<string, string>> }
  /** May succeed later. `retryAfterMs`: not sooner, for no message to this target. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }
  /** The receiver will never take this message. `ofReceiver`: for no fault of the message, so nor any part of it. */
  | { readonly kind: 'refused'; readonly problem: string; readonly ofReceiver?: true }
  /** It takes no message any more. */
  | { readonly kind: 'gone'; readonly problem: string }

/** The other end of a contact point, by whatever channel it is reached. */
export type Receiver = {
  readonly kind: Channel['kind']
  /** Receivers of the same target share its rate. Never shown: it may hold secrets. */
  readonly target: string
  /** What the target takes; none of them is exceeded. */
  readonly rates: readonly Rate[]
  /** Rejects for no reason of the receiver's or the network's. Ends soon after the signal. */
  send(message: OutboxMessage, signal: AbortSignal): Promise<SendOutcome>
  /** Several messages as one, for people; undefined: programs read them, and want each. */
  readonly sendTogether?: (messages: readonly OutboxMessage[], signal: AbortSignal) => Promise<SendOutcome>
}

/** Writes messages as one body of a channel. @returns undefined where one of them is in no form that is known. */
export type Write<Body = Json> = (messages: readonly OutboxMessage[]) => Body | undefined

/** Outlived by an upgrade in the journal, or written by a newer release. */
export const unreadable: SendOutcome = {
  kind: 'refused',
  problem: 'another release of Stagewatch has written the message, in a form that this one does not know',
}
