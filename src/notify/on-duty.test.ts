import { expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertPhase } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import type { Told } from '../journal/told-states.ts'
import type { Rota } from '../model/rota.ts'
import { toOwners } from './destinations.ts'
import { Notifier } from './notifier.ts'

const HOUR = 3_600_000
const WEEK = 7 * 24 * HOUR
/** A Monday. */
const monday = Date.UTC(2026, 0, 5)

const rota: Rota = {
  timezone: 'UTC',
  firstDay: monday / (24 * HOUR),
  minute: 0,
  order: ['mei', 'sam'],
  overrides: [{ from: instant(monday + HOUR), to: instant(monday + 2 * HOUR), who: 'boss' }],
}

const contacts = [
  { contactPoint: 'ops/room', quietHours: [] },
  { contactPoint: 'ops/mei-phone', quietHours: [], duty: { rota, whose: ['mei'] } },
  { contactPoint: 'ops/mei-mail', quietHours: [], duty: { rota, whose: ['mei'] } },
  { contactPoint: 'ops/sam', quietHours: [], duty: { rota, whose: ['sam', 'boss'] } },
]

const notifierOf = (told: readonly Told[] = [], hasRoom: (contactPoint: string) => boolean = () => true) =>
  new Notifier({
    processes: ['orders'],
    destinationsOf: toOwners(() => contacts),
    told,
    isQuiet: () => false,
    hasRoom,
    write: ({ kind }) => kind,
  })

const tell = (notifier: Notifier, at: number, id: string, state: AlertPhase) =>
  notifier.messagesOf('orders', [transition(id, at, state)], instant(at)).map(({ contactPoint }) => contactPoint)

test('whoever is on call is told, at each of his contact points, and who is of no rota always', () => {
  const notifier = notifierOf()
  expect(tell(notifier, monday, 'a', 'firing')).toEqual(['ops/room', 'ops/mei-phone', 'ops/mei-mail'])
  expect(tell(notifier, monday + HOUR, 'b', 'firing')).toEqual(['ops/room', 'ops/sam'])
  expect(tell(notifier, monday + 2 * HOUR, 'c', 'firing')).toEqual(['ops/room', 'ops/mei-phone', 'ops/mei-mail'])
  expect(tell(notifier, monday + WEEK, 'd', 'firing')).toEqual(['ops/room', 'ops/sam'])
})

test('who was told of an alert keeps it over the handover, and nobody else is told of it, also after a restart', () => {
  const told = (['ops/room', 'ops/mei-phone'] as const).map(contactPoint => ({
    alert: 'a',
    state: 'firing' as const,
    contactPoint,
  }))
  const notifier = notifierOf(told)
  const later = instant(monday + WEEK)
  const open = [transition('a', monday, 'firing')]
  // His mail had no room before.
  expect(notifier.digestsOf('orders', later, () => open, later).map(({ contactPoint }) => contactPoint)).toEqual([
    'ops/mei-mail',
  ])
  expect(tell(notifier, later, 'a', 'no_data')).toEqual(['ops/room', 'ops/mei-phone', 'ops/mei-mail'])
  expect(tell(notifier, later, 'a', 'resolved').sort()).toEqual(['ops/mei-mail', 'ops/mei-phone', 'ops/room'])
})

test('what was held back is told to whoever is on call by then', () => {
  let isFull = true
  const notifier = notifierOf([], () => !isFull)
  expect(tell(notifier, monday, 'a', 'firing')).toEqual([])
  isFull = false
  const later = instant(monday + WEEK)
  const digests = notifier.digestsOf('orders', later, () => [transition('a', monday, 'firing')], later)
  expect(digests.map(({ contactPoint }) => contactPoint)).toEqual(['ops/room', 'ops/sam'])
})
