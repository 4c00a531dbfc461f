import { expect, test } from 'vitest'
import { endedDeadlineState, openDeadlineState } from './deadline-state.ts'

const due = 1_000

test.each([
  ['on time while it will probably be ready', 900, { low: 0.2, high: 0.2 }, 'on_time'],
  ['due soon from the level on', 900, { low: 0.5, high: 0.5 }, 'due_soon'],
  ['due soon where even the least that is known reaches the level', 900, { low: 0.6, high: 1 }, 'due_soon'],
  ['on time where the most that it can be stays below the level', 900, { low: 0, high: 0.4 }, 'on_time'],
  ['unknown where the level lies within what is known', 900, { low: 0.4, high: 0.6 }, undefined],
  ['due soon at the due instant, which it can still meet', 1_000, { low: 1, high: 1 }, 'due_soon'],
  ['overdue after it, whatever is known', 1_001, { low: 0, high: 1 }, 'overdue'],
] as const)('an open visit is %s', (_, at, late, state) => {
  expect(openDeadlineState(due, at, late, 0.5)).toBe(state)
})

test('a visit that ends at its due instant has met it, a ms later it has not', () => {
  expect([endedDeadlineState(due, due), endedDeadlineState(due, due + 1)]).toEqual(['met', 'met_late'])
})
