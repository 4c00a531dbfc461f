import { type AlertOverlay, untouched } from '../alerts/overlay.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { FirstTold } from '../journal/first-told.ts'
import type { ToldStates } from '../journal/told-states.ts'
import { isQuietAt, nextQuietChange } from '../model/quiet-hours.ts'
import { nextHandover } from '../model/rota.ts'
import type { Destination, DestinationsOf } from './destinations.ts'
import { type EscalationOf, stepDueAt, type Unanswered, withEscalated } from './escalation.ts'
import { onDuty } from './on-duty.ts'

export type AudienceOptions = {
  /** Whom an alert is for, whatever the time and whatever was told. */
  readonly destinationsOf: DestinationsOf
  /** Whom it is for where nobody takes it. Default: nobody else. */
  readonly escalationOf?: EscalationOf
  /** What people have made of an alert. Default: nothing. */
  readonly overlayOf?: (alert: string) => AlertOverlay
  /** Whether nobody is to be told for now that an alert is open, by what is in the journal. It is given its latest transition. */
  readonly isQuiet: (alert: AlertTransition, now: Instant) => boolean
}

/** Whom an alert is for at an instant, by what was told: routes, turns of rotas, escalation; and who has quiet hours then. */
export class Audience {
  readonly #options: AudienceOptions
  readonly #told: ToldStates
  readonly #firstTold: FirstTold

  /** @param told what contact points know, as it changes; as `firstTold`. */
  constructor(options: AudienceOptions, told: ToldStates, firstTold: FirstTold) {
    this.#options = options
    this.#told = told
    this.#firstTold = firstTold
  }

  of(alert: AlertTransition, now: Instant): readonly Destination[] {
    const { destinationsOf, escalationOf } = this.#options
    const knows = (contactPoint: string) => this.#told.stateOf(alert.id, contactPoint) !== undefined
    const steps = escalationOf?.(alert.owner) ?? []
    const unanswered = steps.length === 0 ? undefined : this.#unanswered(alert)
    return onDuty(withEscalated(destinationsOf(alert), steps, unanswered, knows, now), knows, now)
  }

  isQuietFor({ quietHours }: Destination, alert: AlertTransition, now: Instant): boolean {
    return this.#options.isQuiet(alert, now) || quietHours.some(hours => isQuietAt(hours, alert.severity, now))
  }

  /** When an alert may be for others, or somebody's quiet hours end, if nobody does anything; never before `now`, `Infinity`: never. */
  nextChangeAt(alert: AlertTransition, now: Instant): number {
    const quietEnds = this.of(alert, now).flatMap(({ quietHours, duty }) => {
      const quiet = quietHours.filter(hours => isQuietAt(hours, alert.severity, now))
      const ends = quiet.map(hours => nextQuietChange(hours, now) ?? Infinity)
      return duty === undefined || ends.length === 0 ? ends : [...ends, nextHandover(duty.rota, now)]
    })
    const unanswered = this.#unanswered(alert)
    const steps = unanswered === undefined ? [] : (this.#options.escalationOf?.(alert.owner) ?? [])
    const dues = steps.map(step => (unanswered && stepDueAt(step, unanswered)) ?? Infinity).filter(due => due > now)
    return [...quietEnds, ...dues].reduce((first, at) => Math.min(first, at), Infinity)
  }

  #unanswered(alert: AlertTransition): Unanswered | undefined {
    const { id, firedAt, at } = alert
    if (this.#told.contactPointsOf(id).length === 0) return undefined
    const overlay = this.#options.overlayOf?.(id) ?? untouched
    return { toldAt: this.#firstTold.of(id) ?? firedAt ?? at, overlay }
  }
}
