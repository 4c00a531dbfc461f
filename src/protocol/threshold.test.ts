import { expect, test } from 'vitest'
import { thresholdOf } from './threshold.ts'

test('a comparison with a duration gives its limit in ms', () => {
  expect(thresholdOf('age_p90 > duration("3m")')).toEqual({ statistic: 'age_p90', operator: '>', value: 180_000 })
})

test('a live percentile is compared like any other', () => {
  expect(thresholdOf('live_p90 > duration("4h")')).toEqual({ statistic: 'live_p90', operator: '>', value: 14_400_000 })
})

test('a comparison with a number gives its limit as written', () => {
  expect(thresholdOf(' wip >= 20.0 ')).toEqual({ statistic: 'wip', operator: '>=', value: 20 })
})

test('a term of another form has no threshold', () => {
  for (const term of ['p90 > 2 * p50', 'duration("3m") < p90', 'speed > 3', 'p90 > duration("soon")', '']) {
    expect(thresholdOf(term)).toBeUndefined()
  }
})
