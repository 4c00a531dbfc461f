import type { Visitor } from '../../access/visitor.ts'
import type { Position } from '../alert-history.ts'
import { type ChannelName, mayFollow, statisticsOf } from '../channels.ts'
import type { Edition } from '../edition.ts'
import type { Hub } from '../hub.ts'
import type { Wanted } from '../messages.ts'
import type { Subscriber } from '../subscriber.ts'

/** How a stream begins that knows no channels. */
type Beginning =
  | { readonly recovered: true; readonly from: number; readonly missed: readonly Edition[] }
  /** Everything as of now, as JSON. */
  | { readonly recovered: false; readonly snapshot: string }

const latestOf = (hub: Hub, { processes }: Wanted): readonly ChannelName[] => [
  ...hub.processes.filter(({ name }) => processes?.has(name) ?? true).map(({ name }) => statisticsOf(name)),
  'status',
]

export const mayFollowAll = (hub: Hub, visitor: Visitor, wanted: Wanted): boolean =>
  [...latestOf(hub, wanted), 'alerts' as const].every(name => mayFollow(visitor, name))

/** Follows all channels, for wires that have none of their own, instead of those that were followed before. */
export function followAll(hub: Hub, subscriber: Subscriber, wanted: Wanted, position: Position | undefined): Beginning {
  const missed = hub.followAlerts(subscriber, wanted.filter, position)
  subscriber.latest.clear()
  subscriber.pending.clear()
  for (const channel of latestOf(hub, wanted)) hub.followLatest(subscriber, channel)
  if (missed !== undefined && position !== undefined) return { recovered: true, from: position.offset, missed }
  // What there is now is in the snapshot.
  subscriber.pending.clear()
  return { recovered: false, snapshot: hub.messages.snapshot(wanted, position !== undefined) }
}
