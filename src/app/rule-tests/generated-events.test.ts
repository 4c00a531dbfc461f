import { expect, test } from 'vitest'
import type { EventGenerator } from '../../model/test-file.ts'
import { generatedEvents } from './generated-events.ts'

const MINUTE = 60_000

const generator = (more: Partial<EventGenerator> = {}): EventGenerator => ({
  from: '0s',
  to: '3m',
  every: undefined,
  fields: undefined,
  steps: [
    { activity: 'paid', spread: 0 },
    { activity: 'picked', after: '10m', spread: 0 },
  ],
  stop: [],
  slow: [],
  seed: 1,
  ...more,
})

const times = (given: EventGenerator, activity: string) =>
  generatedEvents(given, 'g', MINUTE).flatMap(event => (event.activity === activity ? [event.at / MINUTE] : []))

test('a case begins every interval, before `to`, and goes through its steps', () => {
  expect(times(generator(), 'paid')).toEqual([0, 1, 2])
  expect(times(generator(), 'picked')).toEqual([10, 11, 12])
  expect(times(generator({ from: '1m', to: '6m', every: '2m' }), 'paid')).toEqual([1, 3, 5])
})

test('what would happen while an activity has stopped happens when it goes on, or never', () => {
  const stop = (to?: string) => [{ activity: 'picked', from: '11m', to }]
  expect(times(generator({ stop: stop('30m') }), 'picked')).toEqual([10, 30, 30])
  expect(times(generator({ stop: stop() }), 'picked')).toEqual([10])
})

test('a step that begins while it is slow takes so many times as long', () => {
  const slow = [{ activity: 'picked', by: 3, from: '1m', to: '2m' }]
  expect(times(generator({ slow }), 'picked')).toEqual([10, 31, 12])
})

test('what is drawn stays within the spread, and follows from the seed', () => {
  const spread = (seed: number) =>
    generator({
      to: '60m',
      seed,
      steps: [
        { activity: 'paid', spread: 0 },
        { activity: 'picked', after: '10m', spread: 0.5 },
      ],
    })
  const lasted = times(spread(1), 'picked').map((at, index) => at - index)
  expect(Math.min(...lasted)).toBeGreaterThanOrEqual(5)
  expect(Math.max(...lasted)).toBeLessThanOrEqual(15)
  expect(new Set(lasted).size).toBeGreaterThan(30)
  expect(times(spread(1), 'picked')).toEqual(times(spread(1), 'picked'))
  expect(times(spread(1), 'picked')).not.toEqual(times(spread(2), 'picked'))
})
