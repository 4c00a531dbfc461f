import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linePath, ticks } from './chart-scale.ts'

test('ticks begin at 0, cover the highest value and are few', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.constantFrom('duration', 'count'),
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

test('a missing value interrupts the line, a lonely one stays visible', () => {
  expect(linePath([[0, 1], [1, 2], undefined, [3, 4], undefined])).toBe('M0.0 1.0L1.0 2.0M3.0 4.0h0')
})
