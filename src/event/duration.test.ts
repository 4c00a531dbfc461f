import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactDuration, formatDuration, parseDuration } from './duration.ts'

test.each([
  [0, '0ms', '0 毫秒'],
  [850, '850ms', '850 毫秒'],
  [4_230, '4.2s', '4.2 秒'],
  [180_000, '3m', '3 分钟'],
  [418_000, '6m 58s', '6 分钟 58 秒'],
  [5_400_000, '1h 30m', '1 小时 30 分钟'],
  [7_200_000, '2h', '2 小时'],
  [100_800_000, '1d 4h', '1 天 4 小时'],
  [1_209_600_000, '14d', '14 天'],
])('%d ms are written %s, in Chinese %s', (ms, en, zh) => {
  expect(formatDuration(ms)).toBe(en)
  expect(formatDuration(ms, 'zh')).toBe(zh)
})

test('a unit carries over instead of showing sixty', () => {
  expect([59_999, 3_599_999, 86_399_999].map(ms => formatDuration(ms))).toEqual(['1m', '1h', '1d'])
})

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
