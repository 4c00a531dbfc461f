import { describe, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertPhase, AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { CalendarDefinition } from '../model/definitions.ts'
import type { QuietHours } from '../model/quiet-hours.ts'
import { byRoutes, type Contact, toOwners } from './destinations.ts'
import { Notifier } from './notifier.ts'
import { ToldInTime } from './told-in-time.ts'

const HOUR = 3_600_000
const midnight = Date.UTC(2026, 0, 5)

const always = (from: number, to: number): CalendarDefinition => ({
  name: 'night',
  title: { en: 'night' },
  timezone: 'UTC',
  week: Array.from({ length: 7 }, () => [{ fromMinute: from * 60, toMinute: to * 60 }]),
  days: [],
  position: { file: 'owners.yaml', line: 1, column: 1 },
})

/** From 22:00 to 06:00. */
const night: QuietHours = { calendar: always(22, 30), isWhileWorking: true, except: ['critical'] }
/** From 08:00 to 10:00. */
const standUp: QuietHours = { calendar: always(8, 10), isWhileWorking: true, except: [] }

const contacts: readonly Contact[] = [
  { contactPoint: 'ops/chat', quietHours: [night] },
  { contactPoint: 'ops/log', quietHours: [] },
]

const grouping = { by: [], waitMs: durationMs(0), intervalMs: durationMs(HOUR), repeatMs: durationMs(30 * 24 * HOUR) }
const root = { matchers: [], goesOn: false, receivers: [{ kind: 'owner-of-alert' as const }], grouping, routes: [] }

const atOnce = toOwners(() => contacts)
const inGroups = byRoutes({ ...root, quietHours: standUp }, () => contacts)

type Step = readonly [hour: number, id: string, state: AlertPhase, severity?: AlertTransition['severity']]

/** What is told of these steps until an hour, hours being counted from midnight. */
function told(destinationsOf: typeof atOnce, steps: readonly Step[], until: number): string[] {
  const notifier = new Notifier({
    processes: ['orders'],
    destinationsOf,
    told: [],
    isQuiet: () => false,
    hasRoom: () => true,
    write: ({ kind }) => kind,
  })
  const inTime = new ToldInTime('orders', notifier, { take() {}, nextChange: () => undefined })
  const messages = steps.flatMap(([hour, id, state, severity = 'warning']) =>
    inTime.advance([{ ...transition(id, midnight + hour * HOUR, state), severity }]),
  )
  return [...messages, ...inTime.end(instant(midnight + until * HOUR))].map(({ at, contactPoint, body, tells }) =>
    [(at - midnight) / HOUR, contactPoint, body, ...tells.map(({ alert, state }) => `${alert} ${state}`)].join(' '),
  )
}

describe('quiet hours of an owner', () => {
  test('hold back what fires, for a digest at their end, but for what is severe and for who has none', () => {
    const steps: Step[] = [
      [1, 'a', 'firing'],
      [2, 'b', 'firing'],
      [2, 'worse', 'firing', 'critical'],
      [3, 'b', 'resolved'],
    ]
    expect(told(atOnce, steps, 24)).toEqual([
      '1 ops/log alert a firing',
      '2 ops/log alert b firing',
      '2 ops/chat alert worse firing',
      '2 ops/log alert worse firing',
      '3 ops/log alert b resolved',
      '6 ops/chat digest a firing',
    ])
  })

  test('hold back no end, and nothing before and after them', () => {
    const steps: Step[] = [
      [21, 'a', 'firing'],
      [23, 'a', 'no_data'],
      [25, 'a', 'resolved'],
      [30, 'b', 'firing'],
    ]
    expect(told(atOnce, steps, 48).filter(text => text.includes('chat'))).toEqual([
      '21 ops/chat alert a firing',
      '25 ops/chat alert a resolved',
      '30 ops/chat alert b firing',
    ])
  })
})

describe('quiet hours of a route', () => {
  test('hold back groups, beside those of the owner: who has both is told when neither is', () => {
    const steps: Step[] = [
      [5, 'a', 'firing'],
      [6.5, 'b', 'firing'],
      [8.5, 'b', 'resolved'],
      [9, 'c', 'firing', 'critical'],
    ]
    expect(told(inGroups, steps, 20)).toEqual([
      '5 ops/log group a firing',
      '6 ops/chat group a firing',
      '7 ops/chat group b firing a firing',
      '7 ops/log group b firing a firing',
      '9 ops/chat group b resolved',
      '9 ops/log group b resolved',
      '10 ops/chat group c firing a firing',
      '10 ops/log group c firing a firing',
    ])
  })
})
