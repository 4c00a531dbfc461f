import type { OutboxMessage } from '../journal/outbox.ts'

/** The order of the messages to one contact point: those on the same alert wait for each other, all others do not. */
export class MessageOrder {
  /** By alert: the messages that are not settled, in the order in which they were queued. */
  readonly #byAlert = new Map<string, OutboxMessage[]>()

  /** @returns whether nothing is before it. */
  add(message: OutboxMessage): boolean {
    for (const alert of alertsOf(message)) {
      const waiting = this.#byAlert.get(alert)
      if (waiting === undefined) this.#byAlert.set(alert, [message])
      else waiting.push(message)
    }
    return this.#isFirst(message)
  }

  /**
   * Takes a message out before which there was nothing.
   *
   * @returns the messages before which there is nothing now.
   */
  remove(message: OutboxMessage): OutboxMessage[] {
    const next = new Set<OutboxMessage>()
    for (const alert of alertsOf(message)) {
      const [first, ...waiting] = this.#byAlert.get(alert) ?? []
      if (first !== message) throw new Error(`message ${message.id} is not the first one on alert ${alert}`)
      if (waiting[0] === undefined) this.#byAlert.delete(alert)
      else {
        this.#byAlert.set(alert, waiting)
        next.add(waiting[0])
      }
    }
    return [...next].filter(candidate => this.#isFirst(candidate))
  }

  #isFirst(message: OutboxMessage): boolean {
    return alertsOf(message).every(alert => this.#byAlert.get(alert)?.[0] === message)
  }
}

const alertsOf = ({ tells }: OutboxMessage): string[] => [...new Set(tells.map(({ alert }) => alert))]
