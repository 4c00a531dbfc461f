import { expect, test } from 'vitest'
import { betweenHours, controlLimits, HOUR_MS, sameHoursOfWeek } from './control-limits.ts'

test.each<[string, readonly number[], number, number, readonly [number, number, number]]>([
  ['of one sample are as wide as a change has to be', [100], 3, 0.2, [100, 80, 120]],
  ['of equal samples too', [50, 50, 50], 3, 0.1, [50, 45, 55]],
  ['are the median, and standard deviations from the median deviation', [90, 100, 110], 1, 0, [100, 85.174, 114.826]],
  ['are not widened by one week that was bad', [90, 100, 110, 95, 105, 0], 2, 0, [97.5, 75.261, 119.739]],
  ['of an even number lie around the middle', [1, 2, 3, 4], 0, 0, [2.5, 2.5, 2.5]],
  ['around nothing are as wide as it deviates', [0, 0, 0], 3, 0.5, [0, 0, 0]],
])('control limits %s', (_what, samples, limits, minChange, [usual, lower, upper]) => {
  const found = controlLimits(samples, limits, minChange)
  expect(found.usual).toBeCloseTo(usual, 9)
  expect(found.lower).toBeCloseTo(lower, 9)
  expect(found.upper).toBeCloseTo(upper, 9)
})

const hourOf = (iso: string) => Date.parse(iso) / HOUR_MS

test('the same hour of the week is that of the clocks, through a change of daylight saving', () => {
  // Europe/Berlin went to summer time on 2026-03-29: noon is 10:00 UTC after it and 11:00 UTC before.
  expect(sameHoursOfWeek(hourOf('2026-04-06T10:00:00Z'), 2, 'Europe/Berlin')).toEqual([
    hourOf('2026-03-30T10:00:00Z'),
    hourOf('2026-03-23T11:00:00Z'),
  ])
})

test('between two hours the usual goes from one to the other, and what is usual of either is no deviation', () => {
  const [night, day] = [
    { usual: 2, lower: 1, upper: 3 },
    { usual: 20, lower: 15, upper: 25 },
  ]
  expect(betweenHours(night, day, 0.25)).toEqual({ usual: 6.5, lower: 1, upper: 25 })
  expect(betweenHours(day, night, 0.25)).toEqual({ usual: 15.5, lower: 1, upper: 25 })
})
