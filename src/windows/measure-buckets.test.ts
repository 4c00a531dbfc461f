import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measureBucketMiddle, measureBucketName, measureBucketOf } from './measure-buckets.ts'

test('buckets rise with the values, and their middles are within 1.1 %', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (one, other) => {
      expect(Math.sign(measureBucketOf(one) - measureBucketOf(other)) * Math.sign(one - other)).toBeGreaterThanOrEqual(
        0,
      )
      const middle = measureBucketMiddle(measureBucketOf(one))
      expect(Math.abs(middle - one)).toBeLessThanOrEqual(0.011 * Math.abs(one))
      // The other way round is the same, so that neither side of zero is better.
      expect(measureBucketMiddle(measureBucketOf(-one))).toBe(0 - middle)
    }),
  )
})

test('a bucket is named by its index, mirrored ones by a sign', () => {
  expect([0, 1, 2, -1, -2].map(value => measureBucketName(measureBucketOf(value)))).toEqual([
    'zero',
    '0',
    '32',
    '-0',
    '-32',
  ])
})
