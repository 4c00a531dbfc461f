import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { HushInTime } from './hush-in-time.ts'
import type { Notifier } from './notifier.ts'

type TellingNotifier = Pick<Notifier, 'messagesOf' | 'digestsOf' | 'escalationsOf' | 'groupMessagesOf' | 'nextLookAt'>

/**
 * What is told of one process in virtual time: transitions come in the order of time, and what falls due between them is told
 * when it does, as if somebody had looked at every instant.
 */
export class ToldInTime {
  readonly #process: string
  readonly #notifier: TellingNotifier
  readonly #hush: Pick<HushInTime, 'take' | 'nextChange'>
  /** By id. */
  readonly #open = new Map<string, AlertTransition>()
  /** Everything is told that was due until then. */
  #now = instant(-Infinity)

  /** @param hush the one that the notifier asks. */
  constructor(process: string, notifier: TellingNotifier, hush: Pick<HushInTime, 'take' | 'nextChange'>) {
    this.#process = process
    this.#notifier = notifier
    this.#hush = hush
  }

  /** @param transitions the next ones, in the order of their time. @returns what was told until then, and with them. */
  advance(transitions: readonly AlertTransition[]): OutboxMessage[] {
    return byInstant(transitions).flatMap(({ at, together }) => this.#advanceTo(at, together))
  }

  /** @returns what is told until then where no transition comes any more. */
  end(at: Instant): OutboxMessage[] {
    return this.#until(due => due <= at)
  }

  #advanceTo(at: Instant, transitions: readonly AlertTransition[]): OutboxMessage[] {
    const before = this.#until(due => due < at)
    this.#now = at
    for (const transition of transitions) {
      const { id, state } = transition
      if (state === 'resolved' || state === 'inactive') this.#open.delete(id)
      else this.#open.set(id, transition)
    }
    this.#hush.take(transitions)
    const messages = this.#notifier.messagesOf(this.#process, transitions, at)
    // What was inhibited by an alert that is over now.
    const held = this.#notifier.digestsOf(this.#process, at, () => [...this.#open.values()], at)
    return [...before, ...messages, ...held]
  }

  #until(isWithin: (due: Instant) => boolean): OutboxMessage[] {
    const messages: OutboxMessage[] = []
    if (this.#now === -Infinity) return messages
    for (;;) {
      const open = [...this.#open.values()]
      const due = earlier(this.#notifier.nextLookAt(this.#process, open, this.#now), this.#hush.nextChange(this.#now))
      if (due === undefined || !isWithin(due)) return messages
      const told = [
        ...this.#notifier.digestsOf(this.#process, due, () => open, due),
        ...this.#notifier.escalationsOf(this.#process, due, open, due),
        ...this.#notifier.groupMessagesOf(this.#process, due, open, due),
      ]
      // Where quiet hours end and others go on nothing is told, and time goes on.
      if (told.length === 0 && due <= this.#now)
        throw new Error(`nothing is told of ${this.#process} that is due at ${due}`)
      this.#now = due
      messages.push(...told)
    }
  }
}

function earlier(left: Instant | undefined, right: Instant | undefined): Instant | undefined {
  return left === undefined || (right !== undefined && right < left) ? right : left
}

type Together = { readonly at: Instant; readonly together: AlertTransition[] }

function byInstant(transitions: readonly AlertTransition[]): readonly Together[] {
  const groups: Together[] = []
  for (const transition of transitions) {
    const last = groups.at(-1)
    if (last?.at === transition.at) last.together.push(transition)
    else groups.push({ at: transition.at, together: [transition] })
  }
  return groups
}
