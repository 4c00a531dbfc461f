import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketMiddle, bucketName, bucketOf, Histogram, ZERO_BUCKET } from './histogram.ts'

/** The largest whole number n with n ≤ 2^(index/32), that is n^32 ≤ 2^index, found without a float. */
function edgeOf(index: number): bigint {
  const target = 2n ** BigInt(index)
  let low = 0n
  let high = 2n ** BigInt(Math.ceil(index / 32) + 1)
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (middle ** 32n <= target) low = middle
    else high = middle
  }
  return low
}

const top = 53 * 32

test('bucket i ends at the largest whole number up to 2^(i/32), for every index up to 2^53', () => {
  let previous = 0n
  for (let index = 0; index <= top; index++) {
    const edge = edgeOf(index)
    // Short durations leave buckets empty: between 2 and 3 ms there is no whole number.
    if (edge > previous) expect([index, bucketOf(Number(edge))]).toEqual([index, index])
    if (index < top) expect(bucketOf(Number(edge + 1n))).toBeGreaterThan(index)
    previous = edge
  }
  expect(bucketOf(2 ** 53)).toBe(top)
})

test('the bucket of any whole duration is the one that holds it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), ms => {
      const index = bucketOf(ms)
      expect(BigInt(ms) ** 32n <= 2n ** BigInt(index)).toBe(true)
      expect(index === 0 || BigInt(ms) ** 32n > 2n ** BigInt(index - 1)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

test('0 ms has a bucket of its own, named so, and 1 ms lies in bucket 0', () => {
  expect([bucketOf(0), bucketOf(1), bucketOf(2), bucketOf(3)]).toEqual([ZERO_BUCKET, 0, 32, 51])
  expect([bucketName(ZERO_BUCKET), bucketName(0), bucketName(51)]).toEqual(['zero', '0', '51'])
  expect(bucketMiddle(ZERO_BUCKET)).toBe(0)
})

const durations = fc.array(
  fc.oneof(fc.constant(0), fc.nat(100), fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 45 })),
  { minLength: 1, maxLength: 200 },
)

test('a quantile is within 1.1 % of the value of its nearest rank', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 1), (values, q) => {
      const histogram = new Histogram()
      for (const value of values) histogram.add(bucketOf(value), 1)
      const exact = [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1]!
      expect(Math.abs(histogram.quantile(q)! - exact)).toBeLessThanOrEqual(0.011 * exact)
    }),
  )
})

test('what is added and taken away again leaves no trace, in any order', () => {
  fc.assert(
    fc.property(durations, durations, (kept, passing) => {
      const histogram = new Histogram()
      for (const value of passing) histogram.add(bucketOf(value), 1)
      for (const value of kept) histogram.add(bucketOf(value), 1)
      for (const value of passing) histogram.add(bucketOf(value), -1)
      const merged = new Histogram()
      for (const value of kept.slice(0, 3)) merged.add(bucketOf(value), 1)
      const rest = new Histogram()
      for (const value of kept.slice(3)) rest.add(bucketOf(value), 1)
      rest.addTo(merged)
      expect(histogram.total).toBe(kept.length)
      expect(merged.total).toBe(kept.length)
      for (const q of [0.1, 0.5, 0.9, 1]) expect(merged.quantile(q)).toBe(histogram.quantile(q))
    }),
  )
})

test('an empty histogram has no quantile', () => {
  expect(new Histogram().quantile(0.5)).toBeUndefined()
  const emptied = new Histogram()
  emptied.add(7, 1)
  emptied.add(7, -1)
  expect(emptied.quantile(0.5)).toBeUndefined()
})

test('quantiles asked in any order, between changes, are those of a fresh histogram', () => {
  const asked = fc.array(
    fc.tuple(fc.constantFrom(0, 0.1, 0.5, 0.9, 0.99, 1), fc.option(fc.nat(100_000), { nil: undefined })),
  )
  fc.assert(
    fc.property(durations, asked, (values, questions) => {
      const histogram = new Histogram()
      const all = [...values]
      for (const value of values) histogram.add(bucketOf(value), 1)
      for (const [q, added] of questions) {
        const fresh = new Histogram()
        for (const value of all) fresh.add(bucketOf(value), 1)
        expect(histogram.quantile(q)).toBe(fresh.quantile(q))
        const extremes = { minMs: Math.min(...all), maxMs: Math.max(...all) }
        const within = Math.min(extremes.maxMs, Math.max(extremes.minMs, fresh.quantile(q)!))
        expect(histogram.quantileWithin(q, () => extremes)).toBe(within)
        if (added === undefined) continue
        all.push(added)
        histogram.add(bucketOf(added), 1)
      }
    }),
  )
})
