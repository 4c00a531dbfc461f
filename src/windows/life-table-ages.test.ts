import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf } from './histogram.ts'
import {
  AGE_BUCKETS,
  ageBucketOf,
  ageBucketOfDuration,
  ageEdges,
  durationMiddles,
  lowerAgeEdge,
} from './life-table-ages.ts'

test('an age bucket is exactly four duration buckets, to the last ms of each', () => {
  const wrong = Array.from(durationMiddles, (_, bucket) => bucket).filter(bucket => {
    const age = ageBucketOfDuration(bucket)
    const edge = ageEdges[age]!
    const isLast = edge === 2 ** 53
    return age !== Math.ceil(bucket / 4) || bucketOf(edge) > 4 * age || (!isLast && bucketOf(edge + 1) <= 4 * age)
  })
  expect(wrong).toEqual([])
})

test('a whole age lies in the age bucket of its duration bucket, any age within the edges of its own', () => {
  const age = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 53 - 1 }))
  fc.assert(
    fc.property(age, fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }), (ms, fraction) => {
      expect(ageBucketOf(ms)).toBe(ageBucketOfDuration(bucketOf(ms)))
      const between = Math.max(ms - fraction, Number.MIN_VALUE)
      const found = ageBucketOf(between)
      expect([between > lowerAgeEdge(found), between <= ageEdges[found]!]).toEqual([true, true])
    }),
    { numRuns: 500 },
  )
})

test('the middle of a duration bucket is the mean of its whole ms', () => {
  expect([0, 32, 51, 64].map(bucket => durationMiddles[bucket])).toEqual([1, 2, 3, 4])
  // 2^(319/32) … 2^10: 1003 … 1024.
  expect(durationMiddles[320]).toBe(1013.5)
  expect(ageEdges[AGE_BUCKETS - 1]).toBe(2 ** 53)
})
