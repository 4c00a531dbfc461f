import type { OutboxMessage, Settlement } from './outbox.ts'

/** What a contact point's system calls the task of an alert that is not over. */
export type Task = { readonly contactPoint: string; readonly alert: string; readonly id: string }

/** The tasks of alerts that are not over, by the settlements of the messages that made them. */
export class OpenTasks {
  readonly #tasks = new Map<string, Task>()

  constructor(tasks: readonly Task[] = []) {
    for (const task of tasks) this.#tasks.set(keyOf(task.contactPoint, task.alert), task)
  }

  settled({ contactPoint, tells }: Pick<OutboxMessage, 'contactPoint' | 'tells'>, settlement: Settlement): void {
    const made = settlement.outcome === 'delivered' ? Object.entries(settlement.tasks ?? {}) : []
    for (const [alert, id] of made) this.#tasks.set(keyOf(contactPoint, alert), { contactPoint, alert, id })
    for (const { alert, state } of tells) if (state === 'resolved') this.#tasks.delete(keyOf(contactPoint, alert))
  }

  idOf(contactPoint: string, alert: string): string | undefined {
    return this.#tasks.get(keyOf(contactPoint, alert))?.id
  }

  /** In the order in which they were made. */
  all(): Task[] {
    return [...this.#tasks.values()]
  }
}

const keyOf = (contactPoint: string, alert: string): string => JSON.stringify([contactPoint, alert])
