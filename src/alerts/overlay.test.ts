import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { AlertAction, AlertDeed } from './alert-action.ts'
import { isSnoozed, LONGEST_SNOOZE_MS, MOST_ACTIONS, refusalOf, untouched, withAction } from './overlay.ts'

const by = (person: string, at: number, deed: AlertDeed): AlertAction => ({
  ...deed,
  id: `${at}`,
  process: 'orders',
  alert: 'a',
  by: person,
  at: instant(at),
})

test('the latest acknowledgement, person and feedback count; comments stay in their order', () => {
  const actions = [
    by('li.wei', 1, { kind: 'acknowledge', fields: {} }),
    by('ana', 2, { kind: 'assign', fields: { to: 'li.wei' } }),
    by('li.wei', 3, { kind: 'comment', fields: { text: 'first' } }),
    by('ana', 4, { kind: 'acknowledge', fields: {} }),
    by('li.wei', 5, { kind: 'comment', fields: { text: 'second' } }),
    by('li.wei', 6, { kind: 'feedback', fields: { verdict: 'useful' } }),
    by('ana', 7, { kind: 'feedback', fields: { verdict: 'false_alarm' } }),
  ]
  expect(actions.reduce(withAction, untouched)).toEqual({
    acknowledged: { by: 'ana', at: 4 },
    assignedTo: 'li.wei',
    snoozedUntil: undefined,
    comments: [
      { by: 'li.wei', at: 3, text: 'first' },
      { by: 'li.wei', at: 5, text: 'second' },
    ],
    feedback: { by: 'ana', at: 7, verdict: 'false_alarm' },
  })
})

test('an acknowledgement can be taken back, and nobody can be given an alert', () => {
  const actions = [
    by('ana', 1, { kind: 'acknowledge', fields: {} }),
    by('ana', 2, { kind: 'assign', fields: { to: 'ana' } }),
    by('ana', 3, { kind: 'unacknowledge', fields: {} }),
    by('ana', 4, { kind: 'assign', fields: { to: null } }),
  ]
  expect(actions.reduce(withAction, untouched)).toEqual(untouched)
})

const now = instant(1_000_000)

const deeds = {
  acknowledge: { kind: 'acknowledge', fields: {} },
  unacknowledge: { kind: 'unacknowledge', fields: {} },
  assign: { kind: 'assign', fields: { to: 'ana' } },
  snooze: { kind: 'snooze', fields: { until: null } },
  comment: { kind: 'comment', fields: { text: 'so' } },
  feedback: { kind: 'feedback', fields: { verdict: 'useful' } },
} as const

test.each([
  ['acknowledge', 'firing', 0, undefined],
  ['acknowledge', 'pending', 0, undefined],
  ['acknowledge', 'no_data', 0, undefined],
  ['acknowledge', 'resolved', 0, 'is-over'],
  ['unacknowledge', 'firing', 0, 'not-acknowledged'],
  ['snooze', 'resolved', 0, 'is-over'],
  ['snooze', 'pending', 0, undefined],
  ['assign', 'resolved', 0, undefined],
  ['comment', 'resolved', 0, undefined],
  ['feedback', 'resolved', MOST_ACTIONS - 1, undefined],
  ['comment', 'firing', MOST_ACTIONS, 'too-many'],
] as const)('%s on an alert that is %s after %i actions: %s', (kind, state, taken, refusal) => {
  const deed = deeds[kind]
  expect(refusalOf(deed, { state, overlay: untouched, taken }, now)).toBe(refusal)
})

test('a snooze lasts until its instant, and the latest counts', () => {
  const snoozes = [20, 10, null].map((until, nth) =>
    by('ana', nth, { kind: 'snooze', fields: { until: until === null ? null : instant(until) } }),
  )
  const [first, second, third] = snoozes.map((_, nth) => snoozes.slice(0, nth + 1).reduce(withAction, untouched))
  expect([9, 10, 19, 20].map(at => isSnoozed(first ?? untouched, instant(at)))).toEqual([true, true, true, false])
  expect([9, 10].map(at => isSnoozed(second ?? untouched, instant(at)))).toEqual([true, false])
  expect(isSnoozed(third ?? untouched, instant(5))).toBe(false)
})

test.each([
  [now, 'snooze-out-of-range'],
  [now + 1, undefined],
  [now + LONGEST_SNOOZE_MS, undefined],
  [now + LONGEST_SNOOZE_MS + 1, 'snooze-out-of-range'],
])('a snooze until %i, asked for at 1000000: %s', (until, refusal) => {
  const alert = { state: 'firing', overlay: untouched, taken: 0 } as const
  expect(refusalOf({ kind: 'snooze', fields: { until: instant(until) } }, alert, now)).toBe(refusal)
})
