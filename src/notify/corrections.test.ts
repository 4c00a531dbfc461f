import { expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import type { Told } from '../journal/told-states.ts'
import { ToldStates } from '../journal/told-states.ts'
import { toOwners } from './destinations.ts'
import { Notifier } from './notifier.ts'

const now = instant(100_000)

const notifierOf = (told: readonly Told[]) =>
  new Notifier({
    processes: ['orders'],
    destinationsOf: toOwners(() => [{ contactPoint: 'ops/chat', quietHours: [] }]),
    told,
    hasRoom: () => false,
    isQuiet: () => true,
    write: subject => (subject.kind === 'alert' ? subject.transition.because : null),
  })

const knows = (contactPoint: string, state: Told['state']): Told => ({ alert: 'a', contactPoint, state })

const corrected = (changes: Partial<Pick<AlertTransition, 'state' | 'from' | 'because'>>): AlertTransition =>
  ({ ...transition('a', 90_000, 'resolved'), ...changes }) as AlertTransition

test.each<[string, readonly Told[], Partial<AlertTransition>, readonly unknown[]]>([
  [
    'an alert that is over is told to be withdrawn to those who were told of it',
    [knows('ops/chat', 'resolved'), knows('boss/phone', 'resolved')],
    { from: 'resolved', because: 'withdrawn' },
    [
      ['ops/chat', 'resolved', 'withdrawn'],
      ['boss/phone', 'resolved', 'withdrawn'],
    ],
  ],
  [
    'an open alert that is withdrawn is told to be over',
    [knows('ops/chat', 'firing')],
    { from: 'recovering', because: 'withdrawn' },
    [['ops/chat', 'resolved', 'withdrawn']],
  ],
  [
    'an open alert that is revised stays as it was told',
    [knows('ops/chat', 'no_data'), knows('boss/phone', 'firing')],
    { state: 'recovering', from: 'recovering', because: 'revised' },
    [
      ['ops/chat', 'no_data', 'revised'],
      ['boss/phone', 'firing', 'revised'],
    ],
  ],
  ['nobody is told who was told nothing', [], { from: 'resolved', because: 'withdrawn' }, []],
])('%s', (_what, told, changes, expected) => {
  const messages = notifierOf(told).messagesOf('orders', [corrected(changes)], now)
  expect(messages.map(({ contactPoint, tells, body }) => [contactPoint, tells[0]?.state, body])).toEqual(expected)
  const again = notifierOf(told).messagesOf('orders', [corrected(changes)], now)
  expect(again.map(({ id }) => id)).toEqual(messages.map(({ id }) => id))
})

test('who was told that alerts are over is remembered of the latest thousand, also by what a new segment begins with', () => {
  const told = new ToldStates([knows('ops/chat', 'firing')])
  told.tell('ops/chat', { alert: 'a', state: 'resolved' })
  expect(told.contactPointsOf('a')).toEqual([])
  expect(new ToldStates(told.all()).formerContactPointsOf('a')).toEqual(['ops/chat'])
  for (let index = 0; index < 1_000; index++) told.tell('ops/chat', { alert: `b${index}`, state: 'resolved' })
  expect(told.formerContactPointsOf('a')).toEqual([])
  expect(told.all()).toHaveLength(1_000)
})
