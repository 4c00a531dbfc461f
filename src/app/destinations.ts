import type { Definitions } from '../model/definitions.ts'
import { byRoutes, type ContactsOf, type DestinationsOf, toOwners } from '../notify/destinations.ts'
import { contactPointName } from './contact-points.ts'

/** Who is told of an alert, by owners.yaml and notifications.yaml. */
export function destinationsIn({ owners, route }: Pick<Definitions, 'owners' | 'route'>): DestinationsOf {
  const contacts = new Map(
    [...owners].map(([key, { contactPoints, quietHours }]) => [
      key,
      contactPoints.map(contactPoint => ({
        contactPoint: contactPointName(key, contactPoint),
        quietHours: quietHours === undefined ? [] : [quietHours],
      })),
    ]),
  )
  const contactsOf: ContactsOf = owner => contacts.get(owner) ?? []
  return route === undefined ? toOwners(contactsOf) : byRoutes(route, contactsOf)
}
