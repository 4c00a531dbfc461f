import type { ContactPoint, Definitions } from '../model/definitions.ts'
import type { Rota } from '../model/rota.ts'
import { byRoutes, type Contact, type ContactsOf, type DestinationsOf, toOwners } from '../notify/destinations.ts'
import { contactPointName } from './contact-points.ts'

/** Who is told of an alert, by owners.yaml and notifications.yaml. */
export function destinationsIn({ owners, route }: Pick<Definitions, 'owners' | 'route'>): DestinationsOf {
  const contacts = new Map(
    [...owners].map(([key, { contactPoints, quietHours, rota }]) => [
      key,
      contactPoints.map(contactPoint => ({
        contactPoint: contactPointName(key, contactPoint),
        quietHours: quietHours === undefined ? [] : [quietHours],
        duty: rota && dutyOf(contactPoint, rota),
      })),
    ]),
  )
  const contactsOf: ContactsOf = owner => contacts.get(owner) ?? []
  return route === undefined ? toOwners(contactsOf) : byRoutes(route, contactsOf)
}

/** undefined: it is not of the rota, and so told always. */
function dutyOf({ name, member }: ContactPoint, rota: Rota): Contact['duty'] {
  const named = new Set([...rota.order, ...rota.overrides.map(({ who }) => who)])
  const whose = [name, ...(member === undefined ? [] : [member])].filter(who => named.has(who))
  return whose.length === 0 ? undefined : { rota, whose }
}
