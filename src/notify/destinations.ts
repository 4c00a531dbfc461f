import { labelsToMatch } from '../alerts/alert-labels.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { DurationMs } from '../event/duration.ts'
import type { GroupName } from '../journal/told-groups.ts'
import type { Labels } from '../model/label-matcher.ts'
import {
  compileRoutes,
  type NotificationRoute,
  type RouteReceiver,
  type TakingRoute,
} from '../model/notification-route.ts'
import type { QuietHours } from '../model/quiet-hours.ts'
import type { Rota } from '../model/rota.ts'

/** The group that an alert is told in, and when that is told. */
export type Grouping = GroupName & {
  readonly waitMs: DurationMs
  readonly intervalMs: DurationMs
  readonly repeatMs: DurationMs
}

/** A contact point that is to be told of an alert. */
export type Destination = {
  /** As `owner/name`. */
  readonly contactPoint: string
  /** undefined: at once, and by itself. */
  readonly grouping: Grouping | undefined
  /** When it is not to be told that the alert is open: in any of these. */
  readonly quietHours: readonly QuietHours[]
  /** It is told only when it is the turn of one of these; absent: always. */
  readonly duty?: { readonly rota: Rota; readonly whose: readonly string[] } | undefined
  /** It is told by a step of the escalation, so long after somebody was told first; absent: for another reason. */
  readonly escalatedAfterMs?: DurationMs
}

/** How an owner is reached. */
export type Contact = Pick<Destination, 'contactPoint' | 'quietHours' | 'duty'>

/** The contact points of an owner, in the order of owners.yaml, or one as `owner/name`; none where there is no such. */
export type ContactsOf = (receiver: string) => readonly Contact[]

/** Who is to be told of an alert: each contact point once. */
export type DestinationsOf = (alert: AlertTransition) => readonly Destination[]

/** Each alert to its owner, at once. */
export const toOwners =
  (contactsOf: ContactsOf): DestinationsOf =>
  ({ owner }) =>
    contactsOf(owner).map(contact => ({ ...contact, grouping: undefined }))

/**
 * Each alert by the routes that take it. Where several lead to one contact point the first of them counts: nobody is told
 * twice.
 */
export function byRoutes(root: NotificationRoute, contactsOf: ContactsOf): DestinationsOf {
  const routesOf = compileRoutes(root)
  // The transitions of alerts that are open are asked for again and again.
  const known = new WeakMap<AlertTransition, readonly Destination[]>()
  return alert => {
    const former = known.get(alert)
    if (former !== undefined) return former
    const labels = labelsToMatch(alert)
    const destinations = new Map<string, Destination>()
    for (const route of routesOf(labels)) {
      const grouping = groupingOf(route, alert, labels)
      const ofRoute = route.quietHours === undefined ? [] : [route.quietHours]
      for (const contact of route.receivers.flatMap(each => contactsIn(each, alert, contactsOf))) {
        if (destinations.has(contact.contactPoint)) continue
        const quietHours = [...ofRoute, ...contact.quietHours]
        destinations.set(contact.contactPoint, { ...contact, grouping, quietHours })
      }
    }
    const found = [...destinations.values()]
    known.set(alert, found)
    return found
  }
}

function contactsIn(receiver: RouteReceiver, { owner }: AlertTransition, contactsOf: ContactsOf): readonly Contact[] {
  switch (receiver.kind) {
    case 'owner-of-alert':
      return contactsOf(owner)
    case 'owner':
      return contactsOf(receiver.owner)
    case 'contact-point':
      return contactsOf(receiver.name)
  }
}

/** A message is about one process, so that is always a part of what a group has in common. */
function groupingOf({ path, grouping }: TakingRoute, { id, process }: AlertTransition, labels: Labels): Grouping {
  const { by, waitMs, intervalMs, repeatMs } = grouping
  const times = { waitMs, intervalMs, repeatMs }
  const { rule: _, ...all } = labels
  // Two episodes of one rule and segment have the same labels, and the second has nothing to do with the first.
  if (by === undefined) return { key: `${path}:${labelsText(all)}#${id}`, labels: all, ...times }
  const names = [...new Set([...by, 'process'])].sort()
  const common = Object.fromEntries(
    names.flatMap(name => (Object.hasOwn(labels, name) ? [[name, labels[name] as string]] : [])),
  )
  return { key: `${path}:${labelsText({ ...common, process })}`, labels: common, ...times }
}

const labelsText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`
