import type { Instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import { type Telling, type Told, ToldStates } from './told-states.ts'

/** A message that has to reach somebody. */
export type OutboxMessage = {
  /** The same on every attempt, and on a repeat, which is queued once. */
  readonly id: string
  /** To whom, as `owner/name`. Where that is stands in the owners' file, so that no secret gets into the journal. */
  readonly contactPoint: string
  /** Messages to one contact point on the same alert are delivered in the order in which they were queued. Never empty. */
  readonly tells: readonly Telling[]
  readonly body: Json
  /** When it was queued, by the wall clock. */
  readonly at: Instant
}

/** What became of a message. */
export type Settlement = {
  /** Of the message. */
  readonly id: string
  /** By the wall clock. */
  readonly at: Instant
  /** Since the last start. */
  readonly attempts: number
} & ({ readonly outcome: 'delivered' } | DeadEnd)

/** It will not be tried again, and so people have to be told what it was. */
export type DeadEnd = {
  readonly outcome: 'dead'
  readonly reason: string
  readonly message: Omit<OutboxMessage, 'id' | 'body'>
}

/** How long it is remembered that a message was settled, counted back from the newest message or settlement. */
export const rememberedMs = 24 * 3_600_000

/** The messages that are under way, those that were settled lately, and what all messages have told so far. */
export class Outbox {
  readonly #queued = new Map<string, OutboxMessage>()
  readonly #settled = new Map<string, Settlement>()
  #told = new ToldStates()
  #newest = -Infinity

  /** One whose id was queued or settled before counts for nothing. */
  queue(message: OutboxMessage): void {
    this.#newest = Math.max(this.#newest, message.at)
    if (this.#queued.has(message.id) || this.#settled.has(message.id)) return
    this.#queued.set(message.id, message)
    for (const telling of message.tells) this.#told.tell(message.contactPoint, telling)
  }

  /** The first settlement of a message counts. */
  settle(settlement: Settlement): void {
    this.#newest = Math.max(this.#newest, settlement.at)
    this.#queued.delete(settlement.id)
    if (!this.#settled.has(settlement.id)) this.#settled.set(settlement.id, settlement)
  }

  /** Puts in what a former segment had: the messages that told it may be gone. */
  restoreTold(told: readonly Told[]): void {
    this.#told = new ToldStates(told)
  }

  /** In the order in which they were queued. */
  queued(): OutboxMessage[] {
    return [...this.#queued.values()]
  }

  /** By id of the message. */
  settled(): Map<string, Settlement> {
    for (const [id, { at }] of this.#settled) if (at < this.#newest - rememberedMs) this.#settled.delete(id)
    return new Map(this.#settled)
  }

  told(): Told[] {
    return this.#told.all()
  }
}
