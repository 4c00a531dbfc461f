import { setMaxListeners } from 'node:events'
import type { AlertTransition } from '../../alerts/transition.ts'
import type { Instant } from '../../event/instant.ts'
import { closeCode } from '../../protocol/message.ts'
import { AlertHistory, type Position } from './alert-history.ts'
import { type ChannelName, statisticsOf } from './channels.ts'
import type { Edition } from './edition.ts'
import { type MessageSources, Messages } from './messages.ts'
import { type Pushed, PushLatency } from './push-latency.ts'
import type { StreamLimits } from './stream-limits.ts'
import type { Subscriber } from './subscriber.ts'
import type { TagFilter } from './tag-filter.ts'

/*
 * One writer for all streams: the engine's transitions and evaluations and what people do come in, messages go out.
 *
 *     engine ──▶ Messages ──▶ AlertHistory ──▶ every subscriber at once      alerts: in order, none left out
 *                         ──▶ newest of each channel ──▶ each in its turn    statistics, status: the newest only
 *
 * An alert is written once for each wire and handed to every subscriber at once, in the order in which the engine
 * announced it. Statistics and status are only marked as due; at most every `latestEveryMs` a client is sent the newest of
 * one channel, in turn, so a burst of evaluations costs one message and a slow client skips editions instead of queueing
 * them. What is written for one client is kept for the others until there is something newer. Nothing but alerts, which
 * whoever comes back may ask for, is written while nobody listens.
 */
export class Hub {
  readonly limits: StreamLimits
  readonly history: AlertHistory
  readonly messages: Messages
  readonly processes: MessageSources['view']['processes']
  /** Of the program. */
  readonly version: string
  readonly #latency: PushLatency
  readonly #subscribers = new Set<Subscriber>()
  /** As written last, by channel; dropped when there is something newer. */
  readonly #written = new Map<ChannelName, Edition>()
  /** By process: when the oldest record was read that its statistics have told nothing of. */
  readonly #readAt = new Map<string, Instant | undefined>()
  readonly #unsubscribe: (() => void)[]
  readonly #timers: NodeJS.Timeout[]
  #latestTimer: NodeJS.Timeout | undefined
  #emptied: (() => void) | undefined

  constructor(sources: MessageSources, limits: StreamLimits, latency = new PushLatency()) {
    const { view } = sources
    this.limits = limits
    this.history = new AlertHistory(limits)
    this.messages = new Messages(sources, this.history, latency, limits)
    this.processes = view.processes
    this.version = sources.health().version
    this.#latency = latency
    this.#unsubscribe = [
      view.onTransition((transition, readAt) => this.#pushAlert(transition, readAt)),
      view.onAction(transition => this.#pushAlert(transition, undefined)),
      view.onEvaluation((process, readAt) => this.#evaluated(process, readAt)),
    ]
    this.#timers = [
      setInterval(() => this.#renew('status'), limits.statusEveryMs),
      setInterval(() => this.#ping(), limits.pingEveryMs),
    ]
  }

  get full(): boolean {
    return this.#subscribers.size >= this.limits.clients
  }

  /** Takes over an open stream, until it is left, or whoever opened it is signed out. @returns what is to be called then. */
  join(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber)
    const { ended } = subscriber.visitor
    const signedOut = () => subscriber.close(closeCode.signedOut, 'signed out')
    // Everybody's, where nobody signs in: as many listeners as there are streams are no leak.
    setMaxListeners(0, ended)
    ended.addEventListener('abort', signedOut)
    if (ended.aborted) signedOut()
    const idle = setTimeout(() => {
      if (!subscriber.hasBegun) subscriber.close(closeCode.stale, 'no subscribe message came')
    }, this.limits.subscribeWithinMs)
    return () => {
      clearTimeout(idle)
      ended.removeEventListener('abort', signedOut)
      this.#subscribers.delete(subscriber)
      if (this.#subscribers.size === 0) this.#emptied?.()
    }
  }

  /**
   * From now on the subscriber is pushed every alert that the filter lets through.
   *
   * @param position up to which it has heard them. It has to be told what it missed before anything else happens.
   * @returns what it missed; undefined: that is not known here, and it has to start over from a state.
   */
  followAlerts(
    subscriber: Subscriber,
    filter: TagFilter | undefined,
    position: Position | undefined,
  ): readonly Edition[] | undefined {
    subscriber.alerts = { filter }
    subscriber.hasBegun = true
    return position && this.history.since(position)?.filter(edition => subscriber.wantsAlert(edition))
  }

  /** From now on the subscriber is pushed the newest message of a channel, beginning with the one that there is. */
  followLatest(subscriber: Subscriber, channel: ChannelName): void {
    subscriber.latest.add(channel)
    subscriber.pending.add(channel)
    this.#schedule()
  }

  /** Hands an alert to all who want it, at once. */
  push(edition: Edition): void {
    for (const subscriber of this.#subscribers) if (subscriber.wantsAlert(edition)) subscriber.push(edition)
    edition.forgetFrames()
  }

  /** Ends every stream; those that do not answer within `withinMs` are cut. */
  async close(withinMs: number): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#latestTimer)
    for (const subscriber of this.#subscribers) subscriber.close(closeCode.shutdown, 'the server stops')
    const cut = setTimeout(() => {
      for (const subscriber of this.#subscribers) subscriber.cut()
    }, withinMs)
    await new Promise<void>(resolve => {
      this.#emptied = resolve
      if (this.#subscribers.size === 0) resolve()
    })
    clearTimeout(cut)
  }

  #pushAlert(transition: AlertTransition, readAt: Instant | undefined): void {
    this.messages.changed()
    this.push(this.messages.alert(transition, readAt))
    this.#measure(transition.process, 'alert', readAt)
  }

  #evaluated(process: string, readAt: Instant | undefined): void {
    this.messages.changed()
    const channel = statisticsOf(process)
    // An edition that nobody was sent yet told nothing: its records still wait to be heard of, where anybody listens.
    const isFollowed = [...this.#subscribers].some(({ latest }) => latest.has(channel))
    const isUntold = !this.#written.has(channel)
    const waiting = isUntold ? this.#readAt.get(process) : undefined
    this.#readAt.set(process, isFollowed ? (waiting ?? readAt) : undefined)
    this.#renew(channel)
  }

  #renew(channel: ChannelName): void {
    this.#written.delete(channel)
    for (const subscriber of this.#subscribers) if (subscriber.latest.has(channel)) subscriber.pending.add(channel)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#latestTimer !== undefined) return
    const now = performance.now()
    let due = Number.POSITIVE_INFINITY
    for (const subscriber of this.#subscribers) {
      if (subscriber.pending.size > 0) due = Math.min(due, subscriber.latestSentAt + this.limits.latestEveryMs)
    }
    if (due === Number.POSITIVE_INFINITY) return
    this.#latestTimer = setTimeout(() => this.#pushLatest(), Math.max(0, due - now))
  }

  #pushLatest(): void {
    this.#latestTimer = undefined
    const now = performance.now()
    for (const subscriber of this.#subscribers) {
      const [channel] = subscriber.pending
      if (channel === undefined || now < subscriber.latestSentAt + this.limits.latestEveryMs) continue
      // Counted as sent either way: a client that is full is asked again after the same pause.
      subscriber.latestSentAt = now
      const edition = this.#newest(channel)
      if (edition === undefined || subscriber.offer(edition)) subscriber.pending.delete(channel)
    }
    this.#schedule()
  }

  #newest(channel: ChannelName): Edition | undefined {
    const kept = this.#written.get(channel)
    if (kept !== undefined) return kept
    const process = channel.slice(statisticsOf('').length)
    const edition =
      channel === 'status' ? this.messages.status() : this.messages.statistics(process, this.#readAt.get(process))
    if (edition === undefined) return undefined
    this.#written.set(channel, edition)
    if (channel !== 'status') this.#measure(process, 'statistics', edition.about.readAt)
    return edition
  }

  /** Of what was read, and is pushed now. */
  #measure(process: string, of: Pushed, readAt: Instant | undefined): void {
    if (readAt === undefined || this.#subscribers.size === 0) return
    const now = Date.now()
    this.#latency.add(process, of, Math.max(0, now - readAt), now)
  }

  #ping(): void {
    for (const subscriber of this.#subscribers) subscriber.ping()
    setTimeout(() => {
      for (const subscriber of this.#subscribers) subscriber.cutUnlessHeard()
    }, this.limits.pongWithinMs).unref()
  }
}
