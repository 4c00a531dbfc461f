import type { ContactPoint, Definitions } from '../model/definitions.ts'
import type { Rota } from '../model/rota.ts'
import { byRoutes, type Contact, type ContactsOf, type DestinationsOf, toOwners } from '../notify/destinations.ts'
import type { EscalationOf } from '../notify/escalation.ts'
import { contactPointName } from './contact-points.ts'

/** Whom alerts are for, by owners.yaml and notifications.yaml. */
export type Recipients = { readonly destinationsOf: DestinationsOf; readonly escalationOf: EscalationOf }

/** Whom alerts are for. @param contactsOf how owners are reached; default: at all of their contact points. */
export function recipientsIn(
  { owners, route }: Pick<Definitions, 'owners' | 'route'>,
  contactsOf: ContactsOf = contactsIn(owners),
): Recipients {
  const steps = new Map(
    [...owners].map(([key, { escalation = [] }]) => [
      key,
      escalation.map(({ afterMs, unless, to }) => ({
        afterMs,
        unless,
        contacts: to.flatMap(contactsOf),
      })),
    ]),
  )
  return {
    destinationsOf: route === undefined ? toOwners(contactsOf) : byRoutes(route, contactsOf),
    escalationOf: owner => steps.get(owner) ?? [],
  }
}

function contactsIn(owners: Definitions['owners']): ContactsOf {
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
  return receiver => {
    const [owner = '', name] = receiver.split('/')
    const own = contacts.get(owner) ?? []
    if (name === undefined) return own
    // Who is named by himself is told whoever's turn it is.
    return own.flatMap(({ duty: _, ...contact }) => (contact.contactPoint === receiver ? [contact] : []))
  }
}

/** undefined: it is not of the rota, and so told always. */
function dutyOf({ name, member }: ContactPoint, rota: Rota): Contact['duty'] {
  const named = new Set([...rota.order, ...rota.overrides.map(({ who }) => who)])
  const whose = [name, ...(member === undefined ? [] : [member])].filter(who => named.has(who))
  return whose.length === 0 ? undefined : { rota, whose }
}
