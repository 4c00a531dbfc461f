import type { Definitions } from '../model/definitions.ts'
import { byRoutes, type DestinationsOf, toOwners } from '../notify/destinations.ts'
import { contactPointName } from './contact-points.ts'

/** Who is told of an alert, by owners.yaml and notifications.yaml. */
export function destinationsIn({ owners, route }: Pick<Definitions, 'owners' | 'route'>): DestinationsOf {
  const named = new Map(
    [...owners].map(([key, owner]) => [
      key,
      owner.contactPoints.map(contactPoint => contactPointName(key, contactPoint)),
    ]),
  )
  const contactPointsOf = (owner: string) => named.get(owner) ?? []
  return route === undefined ? toOwners(contactPointsOf) : byRoutes(route, contactPointsOf)
}
