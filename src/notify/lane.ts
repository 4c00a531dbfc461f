import type { Instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { MessageOrder } from './message-order.ts'
import type { Receiver } from './receiver.ts'
import type { Target } from './target.ts'

/** A message on its way. */
export type QueuedMessage = {
  readonly message: OutboxMessage
  /** Since the start. */
  readonly attempts: number
  /** What came of the last one. */
  readonly problem: string | undefined
  /** undefined: it is under way, or waits for one before it. */
  readonly nextAttemptAt: Instant | undefined
}

export type Waiting = { -readonly [Key in keyof QueuedMessage]: QueuedMessage[Key] } & {
  readonly urgency: number
  /** A message that told it with others was refused. */
  isAlone: boolean
}

/** By which channel, `none` for contact points that are gone. */
export type ChannelKind = Receiver['kind'] | 'none'

/** All that waits for one contact point. */
export type Lane = {
  readonly contactPoint: string
  /** Both undefined: the contact point is gone. */
  readonly receiver: Receiver | undefined
  readonly target: Target | undefined
  readonly order: MessageOrder
  /** In the order in which they were queued. */
  readonly queued: Map<string, Waiting>
  /** Of those, the ones that may be sent now: in the order in which they became so. */
  readonly ready: Set<Waiting>
  /** The receiver takes no message any more. */
  disabled: { readonly at: Instant; readonly reason: string } | undefined
  /** Ends the waits of those that are tried again later. */
  disabling: AbortController
  /** The last attempt failed, and people were told. */
  isFailing: boolean
}

export const newLane = (contactPoint: string, receiver: Receiver | undefined, target: Target | undefined): Lane => ({
  contactPoint,
  receiver,
  target,
  order: new MessageOrder(),
  queued: new Map(),
  ready: new Set(),
  disabled: undefined,
  disabling: new AbortController(),
  isFailing: false,
})
