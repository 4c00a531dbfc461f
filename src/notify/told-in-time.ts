import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Notifier } from './notifier.ts'

/**
 * What is told of one process in virtual time: transitions come in the order of time, and what falls due between them is told
 * when it does, as if somebody had looked at every instant.
 */
export class ToldInTime {
  readonly #process: string
  readonly #notifier: Pick<Notifier, 'messagesOf' | 'groupMessagesOf' | 'nextGroupAt'>
  /** By id. */
  readonly #open = new Map<string, AlertTransition>()

  constructor(process: string, notifier: Pick<Notifier, 'messagesOf' | 'groupMessagesOf' | 'nextGroupAt'>) {
    this.#process = process
    this.#notifier = notifier
  }

  /** @param transition the next one: never before one that came earlier. @returns what was told until then, and with it. */
  advance(transition: AlertTransition): OutboxMessage[] {
    const { id, state, at } = transition
    const before = this.#until(at, due => due < at)
    if (state === 'resolved' || state === 'inactive') this.#open.delete(id)
    else this.#open.set(id, transition)
    return [...before, ...this.#notifier.messagesOf(this.#process, [transition], at)]
  }

  /** @returns what is told until then where no transition comes any more. */
  end(at: Instant): OutboxMessage[] {
    return this.#until(at, due => due <= at)
  }

  #until(last: Instant, isWithin: (due: Instant) => boolean): OutboxMessage[] {
    const messages: OutboxMessage[] = []
    for (;;) {
      const open = [...this.#open.values()]
      const due = this.#notifier.nextGroupAt(this.#process, open, last)
      if (due === undefined || !isWithin(due)) return messages
      const told = this.#notifier.groupMessagesOf(this.#process, due, open, due)
      if (told.length === 0) throw new Error(`nothing is told of ${this.#process} at ${due}, when something is due`)
      messages.push(...told)
    }
  }
}
