import { type AlertOverlay, untouched } from '../../../src/alerts/overlay.ts'
import type { AlertPhase, AlertTransition } from '../../../src/alerts/transition.ts'
import { type Instant, instant } from '../../../src/event/instant.ts'
import { JournalState } from '../../../src/journal/journal-state.ts'
import type { OutboxMessage } from '../../../src/journal/outbox.ts'
import type { DestinationsOf } from '../../../src/notify/destinations.ts'
import type { EscalationOf } from '../../../src/notify/escalation.ts'
import { Notifier } from '../../../src/notify/notifier.ts'
import { transition } from '../alert-transition.ts'

const SECOND = 1_000

export const sceneBegin = 1_000 * 3_600_000

type Given = {
  /** Asked at each start. */
  readonly recipients: () => { readonly destinationsOf: DestinationsOf; readonly escalationOf?: EscalationOf }
  readonly isQuiet?: (alert: AlertTransition, now: Instant) => boolean
  readonly holdsEnd?: (alert: AlertTransition, now: Instant) => boolean
  readonly hasRoom?: () => boolean
  readonly overlayOf?: (alert: string) => AlertOverlay
}

/** A process with its journal: alerts that come and go, messages that are queued, a clock that stands where it is put. */
export class TellingScene {
  readonly #given: Given
  #journal = new JournalState()
  #notifier: Notifier
  readonly #open = new Map<string, AlertTransition>()
  /** Seconds, contact point, alerts with their states. */
  readonly said: string[] = []
  /** Of the same messages: `alert`, `digest` or `group`, and after how many ms of escalation. */
  readonly bodies: string[] = []
  readonly ids = new Set<string>()
  now = instant(sceneBegin)
  /** T, where it is another. */
  evaluatedAt: Instant | undefined

  constructor(given: Given) {
    this.#given = given
    this.#notifier = this.#begin()
  }

  /** The program ends, and begins with what a new segment of the journal holds. */
  restart(): void {
    const former = JSON.parse(JSON.stringify(this.#journal.opening()))
    this.#journal = new JournalState()
    for (const entry of former) this.#journal.apply(entry, () => entry.state)
    this.#notifier = this.#begin()
  }

  /** The same where the journal is one of before first tellings were noted. */
  forgetFirstTold(): void {
    const former = JSON.parse(JSON.stringify(this.#journal.opening()))
    this.#journal = new JournalState()
    for (const { firstTold: _, ...entry } of former) this.#journal.apply(entry, () => entry.state)
    this.#notifier = this.#begin()
  }

  /** @param seconds since the beginning. */
  at(seconds: number): this {
    while (this.now < sceneBegin + seconds * SECOND) {
      this.now = instant(this.now + SECOND)
      this.look()
    }
    return this
  }

  enters(
    id: string,
    state: AlertPhase,
    segment: string | null = 'WH-1',
    more: Partial<Pick<AlertTransition, 'at' | 'firedAt' | 'severity'>> = {},
  ): this {
    const { firedAt = this.now } = this.#open.get(id) ?? {}
    const segmentOf = { segment: { warehouse: segment }, firedAt }
    const step: AlertTransition = { ...transition(id, this.now, state), ...segmentOf, ...more }
    if (state === 'resolved' || state === 'inactive') this.#open.delete(id)
    else this.#open.set(id, step)
    const messages = this.#notifier.messagesOf('orders', [step], this.now)
    const entry = { kind: 'evaluation', process: 'orders', at: this.now, transitions: [step], state: null } as const
    this.#journal.apply(entry, () => null)
    this.#queue(messages)
    return this
  }

  look(): this {
    const open = [...this.#open.values()]
    const at = this.evaluatedAt ?? this.now
    this.#queue(this.#notifier.digestsOf('orders', at, () => open, this.now))
    this.#queue(this.#notifier.escalationsOf('orders', at, open, this.now))
    this.#queue(this.#notifier.groupMessagesOf('orders', at, open, this.now))
    return this
  }

  nextAt(): number | undefined {
    const next = this.#notifier.nextLookAt('orders', [...this.#open.values()], this.now)
    return next === undefined ? undefined : (next - sceneBegin) / SECOND
  }

  get groups() {
    return this.#journal.outbox.groups()
  }

  /** Of alerts that are not over. */
  get told() {
    return this.#journal.outbox.told().filter(({ state }) => state !== 'resolved')
  }

  #begin(): Notifier {
    const { recipients, isQuiet = () => false, holdsEnd = () => false } = this.#given
    const { hasRoom = () => true, overlayOf = () => untouched } = this.#given
    const { outbox } = this.#journal
    return new Notifier({
      processes: ['orders'],
      ...recipients(),
      overlayOf,
      told: outbox.told(),
      groups: outbox.groups(),
      firstTold: outbox.firstTold(),
      ended: this.#journal.transitions().filter(({ state }) => state === 'resolved'),
      hasRoom,
      isQuiet,
      holdsEnd,
      write: ({ kind, escalatedAfterMs }) =>
        escalatedAfterMs === undefined ? kind : `${kind} after ${escalatedAfterMs}`,
    })
  }

  #queue(messages: readonly OutboxMessage[]): void {
    for (const message of messages) {
      const { id, contactPoint, tells, body } = message
      if (this.ids.has(id)) throw new Error(`message ${id} is queued twice`)
      this.ids.add(id)
      this.#journal.apply({ kind: 'queued', message }, () => null)
      // So that what a new segment takes over is all that is known of it.
      const settlement = { id, at: message.at, attempts: 1, outcome: 'delivered' } as const
      this.#journal.apply({ kind: 'settled', settlement }, () => null)
      const at = (message.at - sceneBegin) / SECOND
      this.bodies.push(String(body))
      this.said.push([at, contactPoint, ...tells.map(({ alert, state }) => `${alert} ${state}`)].join(' '))
    }
  }
}
