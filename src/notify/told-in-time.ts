import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Notifier } from './notifier.ts'

type TellingNotifier = Pick<Notifier, 'messagesOf' | 'digestsOf' | 'escalationsOf' | 'groupMessagesOf' | 'nextLookAt'>

/**
 * What is told of one process in virtual time: transitions come in the order of time, and what falls due between them is told
 * when it does, as if somebody had looked at every instant.
 */
export class ToldInTime {
  readonly #process: string
  readonly #notifier: TellingNotifier
  /** By id. */
  readonly #open = new Map<string, AlertTransition>()
  /** Everything is told that was due until then. */
  #now = instant(-Infinity)

  constructor(process: string, notifier: TellingNotifier) {
    this.#process = process
    this.#notifier = notifier
  }

  /** @param transition the next one: never before one that came earlier. @returns what was told until then, and with it. */
  advance(transition: AlertTransition): OutboxMessage[] {
    const { id, state, at } = transition
    const before = this.#until(due => due < at)
    this.#now = at
    if (state === 'resolved' || state === 'inactive') this.#open.delete(id)
    else this.#open.set(id, transition)
    return [...before, ...this.#notifier.messagesOf(this.#process, [transition], at)]
  }

  /** @returns what is told until then where no transition comes any more. */
  end(at: Instant): OutboxMessage[] {
    return this.#until(due => due <= at)
  }

  #until(isWithin: (due: Instant) => boolean): OutboxMessage[] {
    const messages: OutboxMessage[] = []
    if (this.#now === -Infinity) return messages
    for (;;) {
      const open = [...this.#open.values()]
      const due = this.#notifier.nextLookAt(this.#process, open, this.#now)
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
