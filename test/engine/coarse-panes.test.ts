import { expect, test } from 'vitest'
import { durationMs } from '../../src/event/duration.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }

const busy = makeRule({ name: 'busy', window: 60 * minute, when: 'wip >= 2.0', by: [0] })

test('with panes of an hour a process that has read its history is live before the hour is full', () => {
  const process = { ...ordersWith([busy]), paneMs: durationMs(60 * minute) }
  const clocked = new ClockedEngine(process, noon + 25 * minute)
  clocked.assign(id)
  clocked.append(id, [order(noon - 150 * minute, 'a1'), order(noon + 20 * minute, 'a2')])
  const { at, transitions } = clocked.settle()
  const hours = at.filter(instant => instant <= noon)
  expect(hours).toEqual([noon - 120 * minute, noon - 60 * minute, noon])
  // Then the last minute, second by second, as ever when live.
  expect(at.slice(hours.length)).toEqual(Array.from({ length: 61 }, (_, second) => noon + 24 * minute + second * 1_000))
  expect(clocked.engine.isCatchingUp).toBe(false)
  expect(transitions.map(({ state, at }) => [state, at])).toEqual([['firing', noon + 24 * minute]])

  clocked.nowMs += 300
  clocked.append(id, [order(clocked.nowMs - 100, 'a1', 'picked')])
  expect(clocked.settle().transitions.map(({ state }) => state)).toEqual(['resolved'])
})
