import type { Logger } from 'pino'
import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import type { JournalEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Definitions } from '../model/definitions.ts'
import { Delivery } from '../notify/delivery.ts'
import { Notifier } from '../notify/notifier.ts'
import { webhook } from '../notify/webhook/webhook.ts'
import { notificationView, type OutboxView } from '../protocol/notification-view.ts'
import type { NotifyConfig } from './config/notify.ts'
import { contactPointName, type ResolvedContactPoint } from './contact-points.ts'
import type { FullDisk } from './full-disk.ts'

/** What an attempt that is under way gets when the program stops. */
const ATTEMPTS_END_WITHIN_MS = 1_000

export type NotificationsOptions = {
  readonly definitions: Definitions
  readonly contactPoints: ReadonlyMap<string, ResolvedContactPoint>
  readonly config: NotifyConfig
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
  readonly delivery: Delivery
  /** Digests on their way into the journal. */
  readonly #appending = new Set<Promise<void>>()

  constructor({ definitions, contactPoints, config, journal, disk, version, logger, fail }: NotificationsOptions) {
    const { owners, processes } = definitions
    const { queued, settled, told } = journal.recover().outbox
    const { timeLimitMs, giveUpAfterMs, atOnce } = config
    this.#journal = journal
    this.#disk = disk
    this.#fail = fail
    const common = { timeLimitMs, userAgent: `stagewatch/${version}`, now: Date.now }
    this.delivery = new Delivery({
      receivers: new Map([...contactPoints].map(([name, { url, key }]) => [name, webhook({ url, key, ...common })])),
      settle: settlement => disk.untilThereIsRoom(() => journal.append({ kind: 'settled', settlement })),
      fail,
      giveUpAfterMs,
      atOnce,
      settled: settled.values(),
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
      write: subject => {
        const process = processes.find(({ name }) => name === subject.process)
        return asJson(notificationView(subject, process, owners))
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

  view(): OutboxView {
    return { queued: this.delivery.queued(), dead: this.delivery.dead(), heldBack: this.#notifier.heldBack }
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
