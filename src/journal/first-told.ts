import type { Instant } from '../event/instant.ts'
import type { OutboxMessage } from './outbox.ts'
import type { ToldStates } from './told-states.ts'

/** When a message told somebody first that an alert is open. */
export type FirstTelling = { readonly alert: string; readonly at: Instant }

/** The first tellings of the alerts that somebody knows of and has not been told the end of. */
export class FirstTold {
  readonly #at = new Map<string, Instant>()

  constructor(tellings: Iterable<FirstTelling> = []) {
    for (const { alert, at } of tellings) this.#at.set(alert, at)
  }

  /** Takes note of a message that was queued. @param told what contact points know with it. */
  tell({ tells, at }: Pick<OutboxMessage, 'tells' | 'at'>, told: Pick<ToldStates, 'contactPointsOf'>): void {
    for (const { alert } of tells) {
      if (told.contactPointsOf(alert).length === 0) this.#at.delete(alert)
      else if (!this.#at.has(alert)) this.#at.set(alert, at)
    }
  }

  /** undefined: nobody has been told, or it was told by a release that took no note. */
  of(alert: string): Instant | undefined {
    return this.#at.get(alert)
  }

  all(): FirstTelling[] {
    return [...this.#at].map(([alert, at]) => ({ alert, at }))
  }
}
