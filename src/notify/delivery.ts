import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { DurationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import { type DeadEnd, type OutboxMessage, rememberedMs, type Settlement } from '../journal/outbox.ts'
import { MessageOrder } from './message-order.ts'
import type { Receiver, SendOutcome } from './receiver.ts'
import { type Backoff, nextAttemptAt, usualBackoff } from './retry.ts'

/*
 * Messages that are in the journal → their receivers, at least once.
 *
 * A message is settled after its receiver has acknowledged it, never before it is sent: a process that ends in between
 * sends it once more, with the same id. What cannot be delivered is tried again until it is given up, or its receiver says
 * that it never will take it; then it is settled as dead, and people are told. Messages on one alert to one contact point
 * keep their order, and a dead one lets the next go on.
 *
 * Each contact point is served for itself, so that none waits for another one's receiver; fresh messages go before those
 * that failed, so that none waits for messages that a receiver chokes on.
 */
export type DeliveryOptions = {
  /** By contact point, `owner/name`. */
  readonly receivers: ReadonlyMap<string, Receiver>
  /** Makes it durable that a message is settled. A rejection is handed to `fail`. */
  readonly settle: (settlement: Settlement) => Promise<void>
  readonly fail: (error: Error) => void
  /** Counted from when a message was queued; it is tried at least once after each start. */
  readonly giveUpAfterMs: DurationMs
  /** Requests to one contact point under way. */
  readonly atOnce: number
  readonly backoff?: Backoff
  /** Messages that were settled as dead before. */
  readonly settled?: Iterable<Settlement>
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
  /** Numbers from 0 up to 1. */
  readonly random: () => number
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

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

export type DeadMessage = Settlement & DeadEnd

/** By which channel, `none` for contact points that are gone. */
export type ChannelKind = Receiver['kind'] | 'none'

/** What became of attempts since the start. */
export type AttemptCounts = { delivered: number; dead: number; retried: number }

/** Dead messages that are listed; the oldest leave first, and all after a day. */
const MOST_DEAD = 1_000

/** Messages that may wait for one contact point before alerts that fire are held back, to be told by a digest. */
const MOST_WAITING = 1_000

/** Alerts are of use soon: whoever asks for a longer pause is asked again after so long. */
const MOST_RETRY_AFTER_MS = 3_600_000

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

type Lane = {
  readonly contactPoint: string
  readonly receiver: Receiver | undefined
  readonly requests: PQueue
  readonly order: MessageOrder
  /** In the order in which they were queued. */
  readonly queued: Map<string, Mutable<QueuedMessage>>
  /** The receiver wants nothing before. */
  notBefore: number
  /** The last attempt failed, and people were told. */
  isFailing: boolean
}

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #counts = new Map<ChannelKind, AttemptCounts>([['webhook', { delivered: 0, dead: 0, retried: 0 }]])
  #dead: DeadMessage[]
  /** No attempt begins any more. */
  readonly #stopping = new AbortController()
  /** Attempts under way are given up. */
  readonly #cutting = new AbortController()

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#dead = [...(options.settled ?? [])].filter(settlement => settlement.outcome === 'dead')
  }

  /** Takes messages that are durable. */
  add(messages: readonly OutboxMessage[]): void {
    for (const message of messages) {
      const lane = this.#laneOf(message.contactPoint)
      lane.queued.set(message.id, { message, attempts: 0, problem: undefined, nextAttemptAt: undefined })
      if (lane.order.add(message)) this.#begin(lane, message)
    }
  }

  hasRoom(contactPoint: string): boolean {
    return (this.#lanes.get(contactPoint)?.queued.size ?? 0) < MOST_WAITING
  }

  /** By contact point, then in the order in which they were queued. */
  queued(): QueuedMessage[] {
    return [...this.#lanes.values()].flatMap(({ queued }) => [...queued.values()])
  }

  /** Those of the last day, oldest first. */
  dead(): readonly DeadMessage[] {
    const since = this.#options.now() - rememberedMs
    this.#dead = this.#dead.filter(({ at }) => at >= since).slice(-MOST_DEAD)
    return this.#dead
  }

  counts(): ReadonlyMap<ChannelKind, AttemptCounts> {
    return this.#counts
  }

  channelOf(contactPoint: string): ChannelKind {
    return this.#options.receivers.get(contactPoint)?.kind ?? 'none'
  }

  /** Begins no attempt any more, and gives those under way so long. What is not settled is sent after the next start. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#cutting.abort(), withinMs)
    await Promise.all(this.#underWay)
    clearTimeout(timer)
  }

  #begin(lane: Lane, message: OutboxMessage): void {
    const delivering: Promise<void> = this.#deliver(lane, message)
      .catch(error => this.#options.fail(error as Error))
      .finally(() => this.#underWay.delete(delivering))
    this.#underWay.add(delivering)
  }

  async #deliver(lane: Lane, message: OutboxMessage): Promise<void> {
    const queued = lane.queued.get(message.id)
    if (queued === undefined) throw new Error(`message ${message.id} is not queued`)
    let settlement: Settlement | undefined
    while (settlement === undefined) {
      await this.#waitUntil(Math.max(queued.nextAttemptAt ?? 0, lane.notBefore))
      const outcome = await lane.requests.add(() => this.#attempt(lane, queued), { priority: -queued.attempts })
      if (outcome === undefined) return
      settlement = this.#settlementOf(lane, queued, outcome)
    }
    await this.#options.settle(settlement)
    lane.queued.delete(message.id)
    for (const next of lane.order.remove(message)) this.#begin(lane, next)
  }

  /** @returns undefined: the delivery has been stopped, and the message stays as it is. */
  async #attempt({ receiver }: Lane, queued: Mutable<QueuedMessage>): Promise<SendOutcome | undefined> {
    if (this.#stopping.signal.aborted) return undefined
    queued.nextAttemptAt = undefined
    if (receiver === undefined) return { kind: 'refused', problem: 'the contact point is not in owners.yaml any more' }
    queued.attempts++
    const outcome = await receiver.send(queued.message, this.#cutting.signal)
    return this.#cutting.signal.aborted && outcome.kind === 'failed' ? undefined : outcome
  }

  /** @returns undefined: it is tried again. */
  #settlementOf(lane: Lane, queued: Mutable<QueuedMessage>, outcome: SendOutcome): Settlement | undefined {
    const { message, attempts } = queued
    const { giveUpAfterMs, backoff = usualBackoff, random } = this.#options
    const now = instant(this.#options.now())
    if (outcome.kind === 'acknowledged') {
      this.#count(lane, 'delivered')
      this.#tellWorks(lane)
      return { id: message.id, at: now, attempts, outcome: 'delivered' }
    }
    queued.problem = outcome.problem
    if (outcome.kind === 'failed') {
      const retryAfterMs = outcome.retryAfterMs && Math.min(outcome.retryAfterMs, MOST_RETRY_AFTER_MS)
      const giveUpAt = instant(message.at + giveUpAfterMs)
      const next = nextAttemptAt({ attempts, now, giveUpAt, retryAfterMs }, backoff, random())
      if (next !== undefined) {
        this.#count(lane, 'retried')
        this.#tellFails(lane, outcome.problem)
        queued.nextAttemptAt = next
        if (retryAfterMs !== undefined)
          lane.notBefore = Math.max(lane.notBefore, Math.min(now + retryAfterMs, giveUpAt))
        return undefined
      }
    }
    return this.#deadEnd(lane, queued, outcome.problem, now)
  }

  #deadEnd(lane: Lane, { message, attempts }: QueuedMessage, reason: string, at: Instant): DeadMessage {
    const { id, body: _, ...rest } = message
    const dead: DeadMessage = { id, at, attempts, outcome: 'dead', reason, message: rest }
    this.#dead = [...this.dead(), dead]
    this.#count(lane, 'dead')
    const remedy = 'see to the receiver, and tell its people: this message is not sent again'
    const { contactPoint, tells } = message
    this.#options.logger.error({ id, contactPoint, tells, attempts, reason, remedy }, 'a notification is given up')
    return dead
  }

  /** Ends early where the delivery is stopped. */
  async #waitUntil(at: number): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      const ms = at - this.#options.now()
      if (ms <= 0 || signal.aborted) return
      // It fails by the signal only.
      await wait(Math.min(ms, MOST_TIMER_MS), undefined, { signal }).catch(() => undefined)
    }
  }

  #laneOf(contactPoint: string): Lane {
    const known = this.#lanes.get(contactPoint)
    if (known !== undefined) return known
    const lane: Lane = {
      contactPoint,
      receiver: this.#options.receivers.get(contactPoint),
      requests: new PQueue({ concurrency: this.#options.atOnce }),
      order: new MessageOrder(),
      queued: new Map(),
      notBefore: 0,
      isFailing: false,
    }
    this.#lanes.set(contactPoint, lane)
    return lane
  }

  #count({ receiver }: Lane, what: keyof AttemptCounts): void {
    const kind = receiver?.kind ?? 'none'
    const counts = this.#counts.get(kind) ?? { delivered: 0, dead: 0, retried: 0 }
    counts[what]++
    this.#counts.set(kind, counts)
  }

  /** Once for each time that it begins to fail. */
  #tellFails(lane: Lane, problem: string): void {
    if (lane.isFailing) return
    lane.isFailing = true
    const remedy = 'see to the receiver, or correct its contact point; messages are kept, and tried again'
    this.#options.logger.warn({ contactPoint: lane.contactPoint, problem, remedy }, 'notifications do not get through')
  }

  #tellWorks(lane: Lane): void {
    if (!lane.isFailing) return
    lane.isFailing = false
    this.#options.logger.info({ contactPoint: lane.contactPoint }, 'notifications get through again')
  }
}

/** A timer of more than 2^31 ms fires at once; and the wall clock may be set meanwhile. */
const MOST_TIMER_MS = 3_600_000
