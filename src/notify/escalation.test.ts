import { describe, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { type AlertOverlay, untouched } from '../alerts/overlay.ts'
import type { AlertPhase, AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import { JournalState } from '../journal/journal-state.ts'
import type { EscalationStep } from '../model/escalation.ts'
import { type ContactsOf, toOwners } from './destinations.ts'
import { Notifier } from './notifier.ts'

const MINUTE = 60_000
const begin = instant(1_000 * MINUTE)

const contactsOf: ContactsOf = owner => [{ contactPoint: `${owner}/chat`, quietHours: [] }]

const steps: readonly EscalationStep[] = [
  { afterMs: durationMs(10 * MINUTE), unless: 'acknowledged', to: ['lead'] },
  { afterMs: durationMs(30 * MINUTE), unless: 'over', to: ['boss'] },
]

/** Alerts of ops, with a journal that outlives the program; minutes count from the beginning. */
class Scene {
  #journal = new JournalState()
  #notifier: Notifier
  readonly #open = new Map<string, AlertTransition>()
  readonly #overlays = new Map<string, AlertOverlay>()
  #now: Instant = begin
  readonly said: string[] = []
  readonly ids = new Set<string>()

  constructor() {
    this.#notifier = this.#begin()
  }

  /** The program ends, and begins with what a new segment of the journal holds. */
  restart(): this {
    const former = JSON.parse(JSON.stringify(this.#journal.opening()))
    this.#journal = new JournalState()
    for (const entry of former) this.#journal.apply(entry, () => entry.state)
    this.#notifier = this.#begin()
    return this
  }

  enters(id: string, state: AlertPhase): this {
    const entered = transition(id, this.#now, state)
    if (state === 'resolved') this.#open.delete(id)
    else this.#open.set(id, entered)
    return this.#queue(this.#notifier.messagesOf('orders', [entered], this.#now))
  }

  people(id: string, overlay: Partial<AlertOverlay>): this {
    this.#overlays.set(id, { ...untouched, ...overlay })
    return this
  }

  /** Time goes on, second by second. */
  at(minutes: number, each?: () => void): this {
    while (this.#now < begin + minutes * MINUTE) {
      this.#now = instant(this.#now + 1_000)
      each?.()
      const open = [...this.#open.values()]
      this.#queue([
        ...this.#notifier.digestsOf('orders', this.#now, () => open, this.#now),
        ...this.#notifier.escalationsOf('orders', this.#now, open, this.#now),
      ])
    }
    return this
  }

  #begin(): Notifier {
    const { outbox } = this.#journal
    return new Notifier({
      processes: ['orders'],
      destinationsOf: toOwners(contactsOf),
      escalationOf: owner =>
        owner === 'ops' ? steps.map(({ to, ...step }) => ({ ...step, contacts: to.flatMap(contactsOf) })) : [],
      overlayOf: id => this.#overlays.get(id) ?? untouched,
      told: outbox.told(),
      firstTold: outbox.firstTold(),
      hasRoom: () => true,
      isQuiet: ({ id }, now) => now < (this.#overlays.get(id)?.snoozedUntil ?? -Infinity),
      write: subject => ('escalatedAfterMs' in subject ? (subject.escalatedAfterMs ?? null) : null),
    })
  }

  #queue(messages: ReturnType<Notifier['messagesOf']>): this {
    for (const message of messages) {
      this.#journal.apply({ kind: 'queued', message }, () => null)
      this.ids.add(message.id)
      const waited = typeof message.body === 'number' ? ` after ${message.body / MINUTE}m` : ''
      const minutes = Math.round((message.at - begin) / 1_000) / 60
      this.said.push(
        `${minutes} ${message.contactPoint} ${message.tells[0]?.alert} ${message.tells[0]?.state}${waited}`,
      )
    }
    return this
  }
}

const mark = (minutes: number) => ({ by: 'ana', at: instant(begin + minutes * MINUTE) })

describe('an alert that nobody takes', () => {
  test('is told step by step to others, once each, and its end to all of them', () => {
    const scene = new Scene().enters('a', 'firing').at(60).enters('a', 'resolved')
    expect(scene.said).toEqual([
      '0 ops/chat a firing',
      '10 lead/chat a firing after 10m',
      '30 boss/chat a firing after 30m',
      '60 ops/chat a resolved',
      '60 lead/chat a resolved',
      '60 boss/chat a resolved',
    ])
  })

  test('is over before anybody else hears of it', () => {
    expect(new Scene().enters('a', 'firing').at(9).enters('a', 'resolved').at(60).said).toEqual([
      '0 ops/chat a firing',
      '9 ops/chat a resolved',
    ])
  })

  test('is told at the same time, once, however often the program begins anew', () => {
    const scene = new Scene().enters('a', 'firing')
    let seconds = 0
    scene.at(40, () => {
      if (seconds++ % 24 === 0) scene.restart()
    })
    expect(scene.said.slice(1)).toEqual(['10 lead/chat a firing after 10m', '30 boss/chat a firing after 30m'])
    expect(scene.ids.size).toBe(3)
  })
})

describe('an alert that somebody takes', () => {
  test('goes no further unless a step is for all that go on, and does once he gives it up', () => {
    const scene = new Scene()
      .enters('a', 'firing')
      .at(5)
      .people('a', { acknowledged: mark(5) })
      .at(35)
    expect(scene.said.slice(1)).toEqual(['30 boss/chat a firing after 30m'])
    scene.people('a', {}).at(36)
    expect(scene.said.slice(2)).toEqual([expect.stringMatching(/^35\.0\d* lead\/chat a firing after 10m$/)])
  })

  test('is taken by whoever has it assigned', () => {
    expect(new Scene().enters('a', 'firing').people('a', { assignedTo: 'li.wei' }).at(20).said).toHaveLength(1)
  })

  test('is waited for from the end of a snooze on', () => {
    const snoozed = { snoozedUntil: instant(begin + 20 * MINUTE) }
    const scene = new Scene().enters('a', 'firing').people('a', snoozed).at(60)
    expect(scene.said.slice(1)).toEqual(['30 lead/chat a firing after 10m', '50 boss/chat a firing after 30m'])
  })
})
