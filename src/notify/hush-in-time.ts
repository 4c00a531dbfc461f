import { FlapBook, type Flapping } from '../alerts/flap-book.ts'
import { InhibitionBook } from '../alerts/inhibition-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { InhibitRule } from '../model/inhibit-rule.ts'

/** What keeps people from being told of alerts of one process in virtual time: what inhibits them, and that they flap. */
export class HushInTime {
  readonly #inhibition: InhibitionBook
  readonly #flaps = new FlapBook()

  constructor(process: ProcessDefinition, inhibitRules: readonly InhibitRule[]) {
    this.#inhibition = new InhibitionBook([process], inhibitRules)
  }

  /** Those of one instant, before anybody is told of them. */
  take(transitions: readonly AlertTransition[]): void {
    this.#inhibition.take(transitions)
    this.#flaps.take(transitions)
  }

  isQuiet(alert: AlertTransition, now: Instant): boolean {
    return this.#inhibition.inhibitorOf(alert) !== undefined || this.#flaps.isQuiet(alert, now)
  }

  holdsEnd(alert: AlertTransition, now: Instant): boolean {
    return this.#flaps.holdsEnd(alert, now)
  }

  flappingOf(alert: AlertTransition, now: Instant): Flapping | undefined {
    return this.#flaps.flappingOf(alert, now)
  }

  /** When something that flaps may be told next, if nothing happens before; undefined: nothing flaps. */
  nextChange(now: Instant): Instant | undefined {
    return this.#flaps.nextTold(now)
  }
}
