import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DurationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { OutboxMessage, Settlement } from '../journal/outbox.ts'
import { type DeadMessage, DeadMessages } from './dead-messages.ts'
import { type ChannelKind, type Lane, newLane, type Waiting } from './lane.ts'
import type { Receiver, SendOutcome } from './receiver.ts'
import { type Backoff, nextAttemptAt, usualBackoff } from './retry.ts'
import { Target } from './target.ts'
import { toldTogether, type Urgency } from './told-together.ts'

export type { DeadMessage } from './dead-messages.ts'
export type { ChannelKind, QueuedMessage } from './lane.ts'

/*
 * Messages that are in the journal → their receivers, at least once.
 *
 * A message is settled after its receiver has acknowledged it, never before it is sent: a process that ends in between
 * sends it once more, with the same id. What cannot be delivered is tried again until it is given up, or its receiver says
 * that it never will take it; then it is settled as dead, and people are told. Messages on one alert to one contact point
 * keep their order, and a dead one lets the next go on.
 *
 *     lane (contact point): order per alert ─▶ ready ─▶ target (address): rate, pause, turns ─▶ receiver
 *
 * Each target is served for itself, so that none waits for another one's receiver. Whoever has a turn sends what is most
 * urgent; a failure makes a message less so, so that none waits for messages that a receiver chokes on. What the rate would
 * make wait too long is told together, in one message, and each of its messages is settled by what came of it.
 */
export type DeliveryOptions = {
  /** By contact point, `owner/name`. */
  readonly receivers: ReadonlyMap<string, Receiver>
  /** How urgent a message is: 0, 1 or 2. Default: all alike. */
  readonly urgencyOf?: (message: OutboxMessage) => number
  /** Makes it durable that a message is settled. A rejection is handed to `fail`. */
  readonly settle: (settlement: Settlement, message: OutboxMessage) => Promise<void>
  readonly fail: (error: Error) => void
  /** Counted from when a message was queued; it is tried at least once after each start. */
  readonly giveUpAfterMs: DurationMs
  /** Requests to one target under way. */
  readonly atOnce: number
  readonly backoff?: Backoff
  /** What became of messages before. */
  readonly settled?: readonly Settlement[]
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
  /** Waits so long, or until the signal comes; never rejects. Default: a timer. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Numbers from 0 up to 1. */
  readonly random: () => number
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** What became of attempts since the start. */
export type AttemptCounts = { delivered: number; dead: number; retried: number }

/** A contact point that takes no message any more. */
export type Disabled = { readonly contactPoint: string; readonly at: Instant; readonly reason: string }

/** Messages that may wait for one contact point before alerts that fire are held back, to be told by a digest. */
const MOST_WAITING = 1_000

/** Alerts are of use soon: whoever asks for a longer pause is asked again after so long. */
const MOST_RETRY_AFTER_MS = 3_600_000

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #targets = new Map<string, Target>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #counts: Map<ChannelKind, AttemptCounts>
  readonly #dead: DeadMessages
  readonly #urgency: Urgency
  /** No attempt begins any more. */
  readonly #stopping = new AbortController()
  /** Attempts under way are given up. */
  readonly #cutting = new AbortController()

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#dead = new DeadMessages(options.settled ?? [], options.now)
    this.#urgency = options.urgencyOf ?? (() => 0)
    const channels: ChannelKind[] = ['webhook', ...[...options.receivers.values()].map(({ kind }) => kind)]
    this.#counts = new Map(channels.map(kind => [kind, { delivered: 0, dead: 0, retried: 0 }]))
  }

  /** Takes messages that are durable. */
  add(messages: readonly OutboxMessage[]): void {
    for (const message of messages) {
      const lane = this.#laneOf(message.contactPoint)
      const urgency = this.#urgency(message)
      const waiting = { message, urgency, attempts: 0, problem: undefined, nextAttemptAt: undefined, isAlone: false }
      lane.queued.set(message.id, waiting)
      if (lane.order.add(message)) this.#track(this.#becomeReady(lane, waiting))
    }
  }

  /**
   * Takes a message that was given up once more, under its id. A contact point that had taken no more is tried again.
   *
   * @param queue makes it durable that the message is queued again.
   * @returns false where there is none of that id, or it has been taken already.
   */
  async redrive(id: string, queue: (message: OutboxMessage) => Promise<void>): Promise<boolean> {
    const dead = this.#dead.take(id)
    if (dead === undefined) return false
    const message = { ...dead.message, id, at: instant(this.#options.now()) }
    try {
      await queue(message)
    } catch (error) {
      this.#dead.add(dead)
      throw error
    }
    const lane = this.#laneOf(message.contactPoint)
    if (lane.disabled !== undefined && lane.receiver !== undefined) {
      lane.disabled = undefined
      lane.disabling = new AbortController()
    }
    this.add([message])
    return true
  }

  hasRoom(contactPoint: string): boolean {
    return (this.#lanes.get(contactPoint)?.queued.size ?? 0) < MOST_WAITING
  }

  /** By contact point, then in the order in which they were queued. */
  queued(): Waiting[] {
    return [...this.#lanes.values()].flatMap(({ queued }) => [...queued.values()])
  }

  /** Those of the last day, oldest first. */
  dead(): readonly DeadMessage[] {
    return this.#dead.list()
  }

  /** Contact points whose receivers said that they take no more; until the next start, or until one is redriven. */
  disabled(): Disabled[] {
    return [...this.#lanes.values()].flatMap(({ contactPoint, receiver, disabled }) =>
      disabled === undefined || receiver === undefined ? [] : [{ contactPoint, ...disabled }],
    )
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
    for (const target of this.#targets.values()) target.stop()
    const timer = setTimeout(() => this.#cutting.abort(), withinMs)
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    clearTimeout(timer)
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch(error => this.#options.fail(error as Error))
      .finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  /** Nothing is before it on its alerts: it is sent when its time has come and the target has a turn. */
  async #becomeReady(lane: Lane, waiting: Waiting): Promise<void> {
    await this.#waitUntil(waiting.nextAttemptAt ?? 0, lane.disabling.signal)
    if (this.#stopping.signal.aborted) return
    if (lane.disabled !== undefined || lane.target === undefined)
      return this.#conclude(lane, [waiting], refusalOf(lane))
    lane.ready.add(waiting)
    const { target } = lane
    // Turns that are taken away by a stop never end; attempts are tracked for themselves.
    void target.turn(() => this.#turn(target))
  }

  #turn(target: Target): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    const lanes = [...this.#lanes.values()].filter(lane => lane.target === target)
    const chosen = toldTogether(lanes, target)
    if (chosen === undefined) return Promise.resolve()
    const { lane, together } = chosen
    for (const waiting of together) {
      lane.ready.delete(waiting)
      waiting.nextAttemptAt = undefined
      waiting.attempts++
    }
    target.take()
    const attempt = this.#attempt(lane, together)
    this.#track(attempt.then(outcome => (outcome === undefined ? undefined : this.#conclude(lane, together, outcome))))
    // The turn is over with the attempt; what came of it is made durable beside the next one.
    return attempt.then(
      () => undefined,
      () => undefined,
    )
  }

  /** @returns undefined: the delivery has been stopped, and the messages stay as they are. */
  async #attempt({ receiver }: Lane, together: readonly Waiting[]): Promise<SendOutcome | undefined> {
    const [first, ...others] = together.map(({ message }) => message)
    if (receiver === undefined || first === undefined)
      throw new Error('there is nothing to send, or nobody to send it to')
    const { signal } = this.#cutting
    const outcome = await (others.length > 0 && receiver.sendTogether !== undefined
      ? receiver.sendTogether([first, ...others], signal)
      : receiver.send(first, signal))
    return signal.aborted && outcome.kind === 'failed' ? undefined : outcome
  }

  async #conclude(lane: Lane, together: readonly Waiting[], outcome: SendOutcome): Promise<void> {
    if (outcome.kind === 'gone') this.#disable(lane, outcome.problem)
    if (outcome.kind === 'refused' && outcome.ofReceiver !== true && together.length > 1) {
      // Whatever is wrong may be wrong with one of them only.
      for (const waiting of together) waiting.isAlone = true
      for (const waiting of together) this.#track(this.#becomeReady(lane, waiting))
      return
    }
    await Promise.all(
      together.map(async waiting => {
        const settlement = this.#settlementOf(lane, waiting, outcome)
        if (settlement === undefined) this.#track(this.#becomeReady(lane, waiting))
        else await this.#settle(lane, waiting, settlement)
      }),
    )
  }

  async #settle(lane: Lane, { message }: Waiting, settlement: Settlement): Promise<void> {
    await this.#options.settle(settlement, message)
    lane.queued.delete(message.id)
    for (const next of lane.order.remove(message)) {
      const waiting = lane.queued.get(next.id)
      if (waiting === undefined) throw new Error(`message ${next.id} is not queued`)
      this.#track(this.#becomeReady(lane, waiting))
    }
  }

  /** @returns undefined: it is tried again. */
  #settlementOf(lane: Lane, waiting: Waiting, outcome: SendOutcome): Settlement | undefined {
    const { message, attempts } = waiting
    const { giveUpAfterMs, backoff = usualBackoff, random } = this.#options
    const now = instant(this.#options.now())
    if (outcome.kind === 'acknowledged') {
      this.#count(lane, 'delivered')
      this.#tellWorks(lane)
      const { tasks } = outcome
      return { id: message.id, at: now, attempts, outcome: 'delivered', ...(tasks !== undefined && { tasks }) }
    }
    waiting.problem = outcome.problem
    if (outcome.kind === 'failed') {
      const retryAfterMs = outcome.retryAfterMs && Math.min(outcome.retryAfterMs, MOST_RETRY_AFTER_MS)
      const giveUpAt = instant(message.at + giveUpAfterMs)
      const next = nextAttemptAt({ attempts, now, giveUpAt, retryAfterMs }, backoff, random())
      if (next !== undefined) {
        this.#count(lane, 'retried')
        this.#tellFails(lane, outcome.problem)
        waiting.nextAttemptAt = next
        if (retryAfterMs !== undefined) lane.target?.pauseUntil(Math.min(now + retryAfterMs, giveUpAt))
        return undefined
      }
    }
    return this.#deadEnd(lane, waiting, outcome.problem, now)
  }

  #deadEnd(lane: Lane, { message, attempts }: Waiting, reason: string, at: Instant): DeadMessage {
    const { id, ...rest } = message
    const dead: DeadMessage = { id, at, attempts, outcome: 'dead', reason, message: rest }
    this.#dead.add(dead)
    this.#count(lane, 'dead')
    const remedy = `see to the receiver; then POST /api/v1/notifications/${id}/redrive sends it again`
    const { contactPoint, tells } = message
    this.#options.logger.error({ id, contactPoint, tells, attempts, reason, remedy }, 'a notification is given up')
    return dead
  }

  /** Its receiver takes no more: what waits for it is given up, and so is what comes. */
  #disable(lane: Lane, reason: string): void {
    if (lane.disabled !== undefined) return
    lane.disabled = { at: instant(this.#options.now()), reason }
    const remedy = 'correct its contact point in owners.yaml, or leave it out, and start again'
    this.#options.logger.error({ contactPoint: lane.contactPoint, reason, remedy }, 'a contact point takes no more')
    lane.disabling.abort()
    const ready = [...lane.ready]
    lane.ready.clear()
    for (const waiting of ready) this.#track(this.#conclude(lane, [waiting], refusalOf(lane)))
  }

  /** Ends early where the delivery is stopped, or by the signal. */
  async #waitUntil(at: number, early?: AbortSignal): Promise<void> {
    const { wait: pass = timer, now } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      const ms = at - now()
      if (ms <= 0 || signal.aborted || early?.aborted === true) return
      await pass(Math.min(ms, MOST_TIMER_MS), early === undefined ? signal : AbortSignal.any([signal, early]))
    }
  }

  #laneOf(contactPoint: string): Lane {
    const known = this.#lanes.get(contactPoint)
    if (known !== undefined) return known
    const receiver = this.#options.receivers.get(contactPoint)
    const lane = newLane(contactPoint, receiver, receiver && this.#targetOf(receiver))
    this.#lanes.set(contactPoint, lane)
    return lane
  }

  #targetOf({ kind, target: address, rates }: Receiver): Target {
    const key = `${kind} ${address}`
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const { atOnce, now, settled = [] } = this.#options
    // Where each went is not known any more; a target that gets less than it takes is the lesser evil.
    const sent = settled.flatMap(({ outcome, at }) => (outcome === 'delivered' ? [at] : []))
    const target = new Target({ rates, sent, atOnce, now, waitUntil: at => this.#waitUntil(at) })
    this.#targets.set(key, target)
    return target
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

const refusalOf = ({ disabled }: Lane): SendOutcome => ({
  kind: 'refused',
  problem: disabled?.reason ?? 'the contact point is not in owners.yaml any more',
})

/** It fails by the signal only. */
const timer = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => undefined)

/** A timer of more than 2^31 ms fires at once; and the wall clock may be set meanwhile. */
const MOST_TIMER_MS = 3_600_000
