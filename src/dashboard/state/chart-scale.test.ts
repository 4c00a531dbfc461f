import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ticks } from './chart-scale.ts'

test('ticks begin at 0, cover the highest value and are few', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.constantFrom('duration', 'count', 'ratio'),
      (highest, unit) => {
        const marks = ticks(highest, unit)
        expect(marks[0]).toBe(0)
        expect(marks.at(-1)).toBeGreaterThanOrEqual(highest)
        expect(marks.length).toBeLessThanOrEqual(5)
      },
    ),
  )
})

test('durations are marked at minutes, not at tens of seconds', () => {
  expect(ticks(330_000, 'duration')).toEqual([0, 120_000, 240_000, 360_000])
})

test('shares are marked in parts of a whole', () => {
  expect(ticks(0.7, 'ratio')).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8])
})
