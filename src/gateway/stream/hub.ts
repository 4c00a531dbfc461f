import { randomUUID } from 'node:crypto'
import type { RawData, WebSocket } from 'ws'
import type { AlertTransition } from '../../alerts/transition.ts'
import type { EngineView } from '../../engine/view.ts'
import { formatInstant, instant } from '../../event/instant.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { alertView } from '../../protocol/alert-view.ts'
import { clientMessageSchema, closeCode, type ServerMessage } from '../../protocol/message.ts'
import type { ProcessSummary } from '../../protocol/process.ts'
import { type Owners, summarizeProcess } from '../../protocol/process-summary.ts'
import { isoOrNull, statisticsView } from '../../protocol/statistics-view.ts'
import { type HealthView, statusView } from '../../protocol/status-view.ts'
import type { Visitor } from '../access/visitor.ts'
import { alertList } from '../alert-list.ts'
import type { RouteSources } from '../api/routes.ts'
import type { StreamLimits } from './stream-limits.ts'
import { Subscriber } from './subscriber.ts'

type HubSources = Pick<RouteSources, 'view' | 'owners' | 'brokers' | 'ingest' | 'health'>

/*
 * One writer for all streams: the engine's transitions and evaluations and what people do come in, messages go out.
 *
 * An alert is serialised once and handed to every subscriber at once, in the order in which the engine announced it.
 * Statistics are only marked as due; at most every `statisticsEveryMs` a client is sent the newest of one process, in
 * turn, so a burst of evaluations costs one message and a slow client skips editions instead of queueing them. What is
 * written for one client is kept for the others until the next evaluation. Nothing is serialised while nobody listens.
 */
export class Hub {
  readonly #view: EngineView
  readonly #owners: Owners
  readonly #brokers: readonly string[] | undefined
  readonly #takingEvents: readonly string[] | undefined
  readonly #health: () => HealthView
  readonly #limits: StreamLimits
  readonly #epoch = randomUUID()
  readonly #subscribers = new Set<Subscriber>()
  /** Statistics as last written, by process; dropped by the next evaluation. */
  readonly #written = new Map<string, Buffer>()
  readonly #unsubscribe: (() => void)[]
  readonly #timers: NodeJS.Timeout[]
  #statisticsTimer: NodeJS.Timeout | undefined
  #sequence = 0
  #alertOffset = 0

  constructor({ view, owners, brokers, ingest, health }: HubSources, limits: StreamLimits) {
    this.#view = view
    this.#owners = owners
    this.#brokers = brokers
    this.#takingEvents = ingest?.topics
    this.#health = health
    this.#limits = limits
    this.#unsubscribe = [
      view.onTransition(transition => this.#sendAlert(transition)),
      view.onAction(transition => this.#sendAlert(transition)),
      view.onEvaluation(process => {
        this.#written.delete(process)
        for (const subscriber of this.#subscribers) if (subscriber.wants(process)) subscriber.pending.add(process)
        this.#scheduleStatistics()
      }),
    ]
    this.#timers = [
      setInterval(() => this.#sendStatus(), limits.statusEveryMs),
      setInterval(() => this.#ping(), limits.pingEveryMs),
    ]
  }

  get full(): boolean {
    return this.#subscribers.size >= this.#limits.clients
  }

  /** Takes over an open socket until it closes, or whoever opened it is signed out. */
  add(socket: WebSocket, { ended }: Visitor): void {
    const subscriber = new Subscriber(socket, this.#limits)
    this.#subscribers.add(subscriber)
    const signedOut = () => subscriber.close(closeCode.signedOut, 'signed out')
    ended.addEventListener('abort', signedOut)
    const unsubscribed = setTimeout(
      () => subscriber.close(closeCode.stale, 'no subscribe message came'),
      this.#limits.subscribeWithinMs,
    )
    socket.on('pong', () => {
      subscriber.awaitingPong = false
    })
    socket.on('message', (data, isBinary) => {
      if (!subscriber.admits(Date.now(), this.#limits.messagesPerSecond)) {
        subscriber.close(closeCode.badRequest, `more than ${this.#limits.messagesPerSecond} messages a second`)
      } else {
        this.#answer(subscriber, data, isBinary)
        if (subscriber.wanted) clearTimeout(unsubscribed)
      }
    })
    // A frame that is too large or malformed: ws has already answered it with its close code.
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearTimeout(unsubscribed)
      ended.removeEventListener('abort', signedOut)
      this.#subscribers.delete(subscriber)
    })
    subscriber.offer(
      this.#write({
        type: 'hello',
        ...this.#now(),
        epoch: this.#epoch,
        alert_offset: this.#alertOffset,
        version: this.#health().version,
      }),
    )
  }

  /** Ends every stream; those that do not answer within `withinMs` are cut. */
  async close(withinMs: number): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#statisticsTimer)
    const open = [...this.#subscribers].map(({ socket }) => socket)
    const closed = open.map(socket => new Promise<void>(resolve => socket.once('close', () => resolve())))
    for (const socket of open) socket.close(closeCode.shutdown, 'the server stops')
    const cut = setTimeout(() => {
      for (const socket of open) socket.terminate()
    }, withinMs)
    await Promise.all(closed)
    clearTimeout(cut)
  }

  #sendAlert(transition: AlertTransition): void {
    this.#alertOffset += 1
    const process = this.#view.processes.find(({ name }) => name === transition.process)
    const { id } = transition
    const alert = alertView(transition, process, this.#owners, this.#view.overlayOf(id), this.#view.marksOf(id))
    const message = this.#write({
      type: 'alert',
      ...this.#next(),
      as_of: alert.at,
      alert_offset: this.#alertOffset,
      alert,
    })
    for (const subscriber of this.#subscribers) if (subscriber.wanted) subscriber.sendAlert(message)
  }

  #answer(subscriber: Subscriber, data: RawData, isBinary: boolean): void {
    const message = isBinary ? undefined : clientMessageSchema.safeParse(parseJson(String(data)))
    if (!message?.success) {
      subscriber.close(closeCode.badRequest, 'expected {"type":"subscribe"} or {"type":"ping"} as a text frame')
      return
    }
    if (message.data.type === 'ping') {
      subscriber.offer(this.#write({ type: 'pong', ...this.#now() }))
      return
    }
    const processes = message.data.processes
    subscriber.wanted = { processes: processes === undefined ? 'all' : new Set(processes) }
    subscriber.pending.clear()
    subscriber.sendSnapshot(this.#snapshot(subscriber))
  }

  #snapshot(subscriber: Subscriber): Buffer {
    const { alerts, active } = alertList(this.#view, this.#owners, {
      active: this.#limits.activeAlerts,
      resolved: this.#limits.resolvedAlerts,
    })
    return this.#write({
      type: 'snapshot',
      ...this.#now(),
      alert_offset: this.#alertOffset,
      processes: this.#view.processes.map(process => this.#summary(process)),
      statistics: this.#view.processes
        .filter(process => subscriber.wants(process.name))
        .map(process => statisticsView(this.#view, process, this.#limits.segments)),
      alerts: [...alerts],
      active_alerts: active,
      status: statusView(this.#view, this.#health()),
    })
  }

  #summary(process: ProcessDefinition): ProcessSummary {
    return summarizeProcess(process, this.#owners, this.#brokers, instant(Date.now()), this.#takingEvents)
  }

  #scheduleStatistics(): void {
    if (this.#statisticsTimer !== undefined) return
    const now = performance.now()
    let due = Number.POSITIVE_INFINITY
    for (const subscriber of this.#subscribers) {
      if (subscriber.pending.size > 0) due = Math.min(due, subscriber.statisticsSentAt + this.#limits.statisticsEveryMs)
    }
    if (due === Number.POSITIVE_INFINITY) return
    this.#statisticsTimer = setTimeout(() => this.#sendStatistics(), Math.max(0, due - now))
  }

  #sendStatistics(): void {
    this.#statisticsTimer = undefined
    const now = performance.now()
    for (const subscriber of this.#subscribers) {
      const [process] = subscriber.pending
      if (process === undefined || now < subscriber.statisticsSentAt + this.#limits.statisticsEveryMs) continue
      // Counted as sent either way: a client that is full is asked again after the same pause.
      subscriber.statisticsSentAt = now
      const message = this.#statistics(process)
      if (message === undefined || subscriber.offer(message)) subscriber.pending.delete(process)
    }
    this.#scheduleStatistics()
  }

  #statistics(name: string): Buffer | undefined {
    const kept = this.#written.get(name)
    if (kept !== undefined) return kept
    const process = this.#view.processes.find(candidate => candidate.name === name)
    if (process === undefined) return undefined
    const statistics = statisticsView(this.#view, process, this.#limits.segments)
    const message = this.#write({ type: 'statistics', ...this.#next(), as_of: statistics.as_of, statistics })
    this.#written.set(name, message)
    return message
  }

  #sendStatus(): void {
    const listening = [...this.#subscribers].filter(subscriber => subscriber.wanted)
    if (listening.length === 0) return
    const message = this.#write({
      type: 'status',
      ...this.#next(),
      as_of: this.#asOf(),
      status: statusView(this.#view, this.#health()),
    })
    for (const subscriber of listening) subscriber.offer(message)
  }

  #ping(): void {
    for (const subscriber of this.#subscribers) {
      subscriber.awaitingPong = true
      subscriber.socket.ping()
    }
    setTimeout(() => {
      for (const subscriber of this.#subscribers) if (subscriber.awaitingPong) subscriber.socket.terminate()
    }, this.#limits.pongWithinMs).unref()
  }

  #next() {
    this.#sequence += 1
    return { sequence: this.#sequence, at: formatInstant(instant(Date.now())) }
  }

  #now() {
    return { sequence: this.#sequence, at: formatInstant(instant(Date.now())), as_of: this.#asOf() }
  }

  /** The oldest evaluation of all processes: everything shown is at least as new. */
  #asOf(): string | null {
    const evaluated = this.#view.processes.map(({ name }) => this.#view.status(name).evaluatedAt)
    return evaluated.every(at => at !== undefined) && evaluated.length > 0
      ? isoOrNull(instant(Math.min(...evaluated)))
      : null
  }

  #write(message: ServerMessage): Buffer {
    return Buffer.from(JSON.stringify(message))
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
