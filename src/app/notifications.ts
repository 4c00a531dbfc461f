import type { Logger } from 'pino'
import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import type { JournalEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import { OpenTasks } from '../journal/open-tasks.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { ToldStates } from '../journal/told-states.ts'
import type { Definitions } from '../model/definitions.ts'
import { Delivery } from '../notify/delivery.ts'
import { Notifier } from '../notify/notifier.ts'
import { notificationView, type OutboxView } from '../protocol/notification-view.ts'
import type { NotifyConfig } from './config/notify.ts'
import { contactPointName, type ResolvedContactPoint } from './contact-points.ts'
import type { FullDisk } from './full-disk.ts'
import { receiversOf, urgencyOf } from './receivers.ts'

/** What an attempt that is under way gets when the program stops. */
const ATTEMPTS_END_WITHIN_MS = 1_000

export type NotificationsOptions = {
  readonly definitions: Definitions
  readonly contactPoints: ReadonlyMap<string, ResolvedContactPoint>
  readonly config: NotifyConfig
  /** Whether nobody is to be told for now that an alert is open. */
  readonly isQuiet: (alert: AlertTransition, now: Instant) => boolean
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
  readonly delivery: Delivery
  /** Digests on their way into the journal. */
  readonly #appending = new Set<Promise<void>>()

  constructor({
    definitions,
    contactPoints,
    config,
    isQuiet,
    journal,
    disk,
    version,
    logger,
    fail,
  }: NotificationsOptions) {
    const { owners, processes } = definitions
    const { queued, settled, told, tasks } = journal.recover().outbox
    const { giveUpAfterMs, atOnce, page } = config
    this.#journal = journal
    this.#disk = disk
    this.#fail = fail
    this.#told = new ToldStates(told)
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
    const named = new Map(
      [...owners].map(([key, owner]) => [
        key,
        owner.contactPoints.map(contactPoint => contactPointName(key, contactPoint)),
      ]),
    )
    this.#notifier = new Notifier({
      processes: processes.map(({ name }) => name),
      contactPointsOf: owner => named.get(owner) ?? [],
      told,
      hasRoom: contactPoint => this.delivery.hasRoom(contactPoint),
      isQuiet,
      write: subject => {
        const process = processes.find(({ name }) => name === subject.process)
        return asJson(notificationView(subject, process, owners, page))
      },
    })
    this.delivery.add(queued)
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

  /** To be called after each evaluation, when its transitions are durable: tells what was held back. */
  evaluated(process: string, engine: Pick<ProcessEngine, 'evaluatedAt' | 'openAlerts'> | undefined): void {
    const openAlerts = () => engine?.openAlerts() ?? []
    const messages = this.#notifier.digestsOf(process, engine?.evaluatedAt, openAlerts, wallClock())
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
    const { contactPoint, tells } = dead.message
    const isCurrent = tells.some(
      ({ alert, state }) => (this.#told.stateOf(alert, contactPoint) ?? 'resolved') === state,
    )
    if (!isCurrent) return 'superseded'
    const isQueued = await this.delivery.redrive(id, message =>
      this.#disk.untilThereIsRoom(() => this.#journal.append({ kind: 'redriven', message })),
    )
    return isQueued ? 'queued' : 'unknown'
  }

  /** After the engines, before the journal. */
  async stop(): Promise<void> {
    await Promise.all(this.#appending)
    await this.delivery.stop(ATTEMPTS_END_WITHIN_MS)
  }
}

export const queuedEntry = (message: OutboxMessage): JournalEntry => ({ kind: 'queued', message })

/** As it will be read back: what is undefined is left out. */
const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json

const wallClock = (): Instant => instant(Date.now())
