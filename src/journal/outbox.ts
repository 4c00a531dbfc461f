import type { Instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'

/** A message that has to reach somebody. */
export type OutboxMessage = {
  /** The same on every attempt, and on a repeat, which is queued once. */
  readonly id: string
  /** Messages of one alert are delivered in the order in which they were queued. */
  readonly alert: string
  readonly channel: string
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
  readonly attempts: number
} & ({ readonly outcome: 'delivered' } | { readonly outcome: 'dead'; readonly reason: string })

/** How long it is remembered that a message was settled, counted back from the newest message or settlement. */
const rememberedMs = 24 * 3_600_000

/** The messages that are under way, and those that were settled lately. */
export class Outbox {
  readonly #queued = new Map<string, OutboxMessage>()
  readonly #settled = new Map<string, Settlement>()
  #newest = -Infinity

  /** One whose id was queued or settled before counts for nothing. */
  queue(message: OutboxMessage): void {
    this.#newest = Math.max(this.#newest, message.at)
    if (!this.#queued.has(message.id) && !this.#settled.has(message.id)) this.#queued.set(message.id, message)
  }

  /** The first settlement of a message counts. */
  settle(settlement: Settlement): void {
    this.#newest = Math.max(this.#newest, settlement.at)
    this.#queued.delete(settlement.id)
    if (!this.#settled.has(settlement.id)) this.#settled.set(settlement.id, settlement)
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
}
