import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactDuration, parseDuration } from './duration.ts'

test.each([
  [3_598_000, '59m58s'],
  [36_500 * 86_400_000, '36500d'],
  [90_061_001, '1d1h1m1s1ms'],
  [0, '0ms'],
])('%i ms are written %s', (ms, text) => {
  expect(exactDuration(ms)).toBe(text)
})

test('what is written exactly is read back as it was', () => {
  fc.assert(fc.property(fc.maxSafeNat(), ms => parseDuration(exactDuration(ms)) === ms))
})
