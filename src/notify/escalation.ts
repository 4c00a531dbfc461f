import type { AlertOverlay } from '../alerts/overlay.ts'
import { durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { EscalationStep } from '../model/escalation.ts'
import type { Contact, Destination } from './destinations.ts'

/** A step with those whom it leads to. */
export type ContactsOfStep = Pick<EscalationStep, 'afterMs' | 'unless'> & { readonly contacts: readonly Contact[] }

/** The steps for the alerts of an owner, in their order. */
export type EscalationOf = (owner: string) => readonly ContactsOfStep[]

/** An alert that somebody has been told of, as far as escalation asks. */
export type Unanswered = {
  /** When somebody was told first that it is open. */
  readonly toldAt: Instant
  readonly overlay: AlertOverlay
}

/**
 * When a step is to be taken: so long after somebody was told, or after the end of a snooze, for whoever has snoozed an alert wanted
 * to look at it then.
 *
 * @returns undefined: not as long as somebody has the alert.
 */
export function stepDueAt({ afterMs, unless }: ContactsOfStep, { toldAt, overlay }: Unanswered): Instant | undefined {
  const isTaken = overlay.acknowledged !== undefined || overlay.assignedTo !== undefined
  if (unless === 'acknowledged' && isTaken) return undefined
  return instant(Math.max(toldAt, overlay.snoozedUntil ?? -Infinity) + afterMs)
}

/**
 * With those whom the alert is for at once, those whom steps lead to that are due, or have been taken already: whoever was told of an
 * alert hears how it goes on. In groups, where the alert is told in one; they have waited long enough.
 *
 * @param alert undefined: nobody has been told.
 * @param knows whether a contact point has been told that the alert is open.
 */
export function withEscalated(
  destinations: readonly Destination[],
  steps: readonly ContactsOfStep[],
  alert: Unanswered | undefined,
  knows: (contactPoint: string) => boolean,
  now: Instant,
): readonly Destination[] {
  if (steps.length === 0 || alert === undefined) return destinations
  const all = new Map(destinations.map(destination => [destination.contactPoint, destination]))
  const grouping = destinations[0]?.grouping
  for (const step of steps) {
    const isDue = now >= (stepDueAt(step, alert) ?? Infinity)
    for (const contact of step.contacts) {
      if (all.has(contact.contactPoint) || !(isDue || knows(contact.contactPoint))) continue
      const own = grouping && { ...grouping, waitMs: NO_WAIT }
      all.set(contact.contactPoint, { ...contact, grouping: own, escalatedAfterMs: step.afterMs })
    }
  }
  return [...all.values()]
}

const NO_WAIT = durationMs(0)
