import { expect, test } from 'vitest'
import type { SeriesPoint } from '../../protocol/history.ts'
import { followed, onInstants } from './alert-series.ts'

const point: SeriesPoint = {
  start: '2026-11-23T07:00:00.000Z',
  end: '2026-11-23T07:01:00.000Z',
  entered: 12,
  exited: 10,
  abandoned: 1,
  expired: 0,
  reworked: 0,
  breached: 4,
  avg_ms: 1,
  p50_ms: 50,
  p90_ms: 90,
  p99_ms: 99,
  wip: null,
}

test.each([
  ['p90', 'p90', 90],
  ['live_p99', 'p99', 99],
  ['age_p50', 'p50', 50],
  ['avg', 'avg', 1],
  ['throughput', 'throughput', 600],
  ['within_target', 'within_target', 0.6],
  ['wip', 'wip', null],
  ['entered', 'entered', 12],
])('%s is followed by %s of the history', (statistic, drawn, value) => {
  const found = followed(statistic)
  expect(found?.statistic).toBe(drawn)
  expect(found?.valueOf(point, 60_000)).toBe(value)
})

test('of a statistic unlike any in the history nothing is drawn', () => {
  expect(followed('late_risk')).toBeUndefined()
  expect(followed('toString')).toBeUndefined()
})

test('without completed visits there is no share of them', () => {
  expect(followed('within_target')?.valueOf({ ...point, exited: 0, breached: 0 }, 60_000)).toBeNull()
})

test('a line is silent between its own instants, and interrupted where it has no value', () => {
  const line = [
    { at: 1, value: 10 },
    { at: 3, value: null },
  ]
  expect(onInstants([1, 2, 3], line)).toEqual([10, undefined, null])
})
