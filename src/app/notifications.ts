import type { Logger } from 'pino'
import { type AlertOverlay, isSnoozed } from '../alerts/overlay.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import type { JournalEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import { OpenTasks } from '../journal/open-tasks.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { type Telling, ToldStates } from '../journal/told-states.ts'
import type { Definitions } from '../model/definitions.ts'
import { Delivery } from '../notify/delivery.ts'
import { Notifier } from '../notify/notifier.ts'
import { notificationView, type OutboxView } from '../protocol/notification-view.ts'
import type { NotifyConfig } from './config/notify.ts'
import type { ResolvedContactPoint } from './contact-points.ts'
import { recipientsIn } from './destinations.ts'
import type { FullDisk } from './full-disk.ts'
import { receiversOf, urgencyOf } from './receivers.ts'

/** What an attempt that is under way gets when the program stops. */
const ATTEMPTS_END_WITHIN_MS = 1_000

/** How often groups are looked at where no evaluation is made. */
const LOOK_EVERY_MS = 1_000

type EvaluatedEngine = Pick<ProcessEngine, 'evaluatedAt' | 'openAlerts'>

export type NotificationsOptions = {
  readonly definitions: Definitions
  readonly contactPoints: ReadonlyMap<string, ResolvedContactPoint>
  readonly config: NotifyConfig
  /** What people have made of an alert. */
  readonly overlayOf: (alert: string) => AlertOverlay
  readonly journal: Journal
  readonly disk: FullDisk
  readonly version: string
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

/** Joins notify to journal and engines: what it makes is durable before it leaves, and what it settles, after. */
export class Notifications {
  readonly #journal: Journal
  readonly #disk: FullDisk
  readonly #fail: (error: Error) => void
  readonly #notifier: Notifier
  /** What contact points were told last by messages that are durable. */
  readonly #told: ToldStates
  /** Whether alerts are told together, or have been. */
  readonly #isGrouping: boolean
  readonly #isEscalating: boolean
  readonly delivery: Delivery
  /** By process, as they were evaluated last. */
  readonly #engines = new Map<string, EvaluatedEngine>()
  readonly #looking: NodeJS.Timeout
  /** Digests on their way into the journal. */
  readonly #appending = new Set<Promise<void>>()

  constructor({
    definitions,
    contactPoints,
    config,
    overlayOf,
    journal,
    disk,
    version,
    logger,
    fail,
  }: NotificationsOptions) {
    const { owners, processes } = definitions
    const { transitions, outbox } = journal.recover()
    const { queued, settled, told, groups, firstTold, tasks } = outbox
    const { giveUpAfterMs, atOnce, page } = config
    this.#journal = journal
    this.#disk = disk
    this.#fail = fail
    this.#told = new ToldStates(told)
    this.#isGrouping = definitions.route !== undefined || groups.length > 0
    this.#isEscalating = [...owners.values()].some(({ escalation = [] }) => escalation.length > 0)
    const openTasks = new OpenTasks(tasks)
    this.delivery = new Delivery({
      receivers: receiversOf(contactPoints, config, `stagewatch/${version}`, (...of) => openTasks.idOf(...of)),
      urgencyOf,
      async settle(settlement, message) {
        await disk.untilThereIsRoom(() => journal.append({ kind: 'settled', settlement }))
        openTasks.settled(message, settlement)
      },
      fail,
      giveUpAfterMs,
      atOnce,
      settled: [...settled.values()],
      now: Date.now,
      random: Math.random,
      logger,
    })
    this.#notifier = new Notifier({
      processes: processes.map(({ name }) => name),
      ...recipientsIn(definitions),
      told,
      groups,
      firstTold,
      overlayOf,
      ended: transitions.filter(({ state }) => state === 'resolved'),
      hasRoom: contactPoint => this.delivery.hasRoom(contactPoint),
      isQuiet: ({ id }, now) => isSnoozed(overlayOf(id), now),
      write: subject => {
        const process = processes.find(({ name }) => name === subject.process)
        return asJson(notificationView(subject, process, owners, page))
      },
    })
    this.delivery.add(queued)
    // Groups are told by the wall clock, also while time stands still.
    this.#looking = setInterval(() => this.#lookAtAll(), LOOK_EVERY_MS)
  }

  /** The messages that transitions cause, to be appended with them, then handed to `deliver`. */
  messagesOf(process: string, transitions: readonly AlertTransition[]): OutboxMessage[] {
    return this.#notifier.messagesOf(process, transitions, wallClock())
  }

  /** Takes messages that are durable. */
  deliver(messages: readonly OutboxMessage[]): void {
    for (const { contactPoint, tells } of messages) for (const telling of tells) this.#told.tell(contactPoint, telling)
    this.delivery.add(messages)
  }

  /** To be called after each evaluation, when its transitions are durable: tells what was held back, or waits in a group. */
  evaluated(process: string, engine: EvaluatedEngine | undefined): void {
    if (engine !== undefined) this.#engines.set(process, engine)
    this.#lookAt(process, engine)
  }

  #lookAtAll(): void {
    if (this.#isGrouping || this.#isEscalating)
      for (const [process, engine] of this.#engines) this.#lookAt(process, engine)
  }

  #lookAt(process: string, engine: EvaluatedEngine | undefined): void {
    const now = wallClock()
    const openAlerts = () => engine?.openAlerts() ?? []
    const messages = this.#notifier.digestsOf(process, engine?.evaluatedAt, openAlerts, now)
    if (this.#isEscalating) {
      messages.push(...this.#notifier.escalationsOf(process, engine?.evaluatedAt, openAlerts(), now))
    }
    if (this.#isGrouping) {
      messages.push(...this.#notifier.groupMessagesOf(process, engine?.evaluatedAt, openAlerts(), now))
    }
    const [first, ...others] = messages.map(queuedEntry)
    if (first === undefined) return
    const appended: Promise<void> = this.#disk
      .inOrder(process, () => this.#journal.append(first, ...others))
      .then(() => this.deliver(messages))
      .catch(error => this.#fail(error as Error))
      .finally(() => this.#appending.delete(appended))
    this.#appending.add(appended)
  }

  view(): Omit<OutboxView, 'alertmanagers'> {
    const { delivery } = this
    const [queued, dead, disabled] = [delivery.queued(), delivery.dead(), delivery.disabled()]
    return { queued, dead, disabled, heldBack: this.#notifier.heldBack }
  }

  /**
   * Sends a message that was given up once more, under its id. One whose alerts a later message has told otherwise is not:
   * its receiver would take the past for the present.
   */
  async redrive(id: string): Promise<'queued' | 'unknown' | 'superseded'> {
    const dead = this.delivery.dead().find(message => message.id === id)
    if (dead === undefined) return 'unknown'
    const { contactPoint, group, tells } = dead.message
    const stillSo = ({ alert, state }: Telling) => (this.#told.stateOf(alert, contactPoint) ?? 'resolved') === state
    const isCurrent = group === undefined ? tells.some(stillSo) : tells.every(stillSo)
    if (!isCurrent) return 'superseded'
    const isQueued = await this.delivery.redrive(id, message =>
      this.#disk.untilThereIsRoom(() => this.#journal.append({ kind: 'redriven', message })),
    )
    return isQueued ? 'queued' : 'unknown'
  }

  /** After the engines, before the journal. */
  async stop(): Promise<void> {
    clearInterval(this.#looking)
    await Promise.all(this.#appending)
    await this.delivery.stop(ATTEMPTS_END_WITHIN_MS)
  }
}

export const queuedEntry = (message: OutboxMessage): JournalEntry => ({ kind: 'queued', message })

/** As it will be read back: what is undefined is left out. */
const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json

const wallClock = (): Instant => instant(Date.now())
