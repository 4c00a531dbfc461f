import type { Instant } from '../event/instant.ts'
import { onCallAt } from '../model/rota.ts'
import type { Destination } from './destinations.ts'

/**
 * Of the contact points that are to be told of an alert, those that are not of a rota, or of whoever has the alert by it: the one
 * who was told first keeps it until it is over, and as long as nobody was told it is the one on call.
 *
 * @param knows whether a contact point has been told that the alert is open.
 */
export function onDuty(
  destinations: readonly Destination[],
  knows: (contactPoint: string) => boolean,
  now: Instant,
): readonly Destination[] {
  if (destinations.every(({ duty }) => duty === undefined)) return destinations
  return destinations.filter(({ duty }) => {
    if (duty === undefined) return true
    const having = destinations.flatMap(({ contactPoint, duty: other }) =>
      other?.rota === duty.rota && knows(contactPoint) ? other.whose : [],
    )
    const called = having.length > 0 ? having : [onCallAt(duty.rota, now)]
    return duty.whose.some(who => called.includes(who))
  })
}
