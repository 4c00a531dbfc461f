import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { nextAttemptAt, usualBackoff } from './retry.ts'

const HOUR = 3_600_000

const waits = (attempts: number, draw: number, retryAfterMs?: number): number | undefined => {
  const failed = { attempts, now: instant(1_000), giveUpAt: instant(24 * HOUR), retryAfterMs }
  const next = nextAttemptAt(failed, usualBackoff, draw)
  return next === undefined ? undefined : next - 1_000
}

test('each failure doubles the wait up to five minutes, and chance spreads its second half', () => {
  expect([1, 2, 3, 8, 9, 10, 2_000].map(attempts => waits(attempts, 1))).toEqual([
    1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000,
  ])
  expect([1, 2, 3].map(attempts => waits(attempts, 0))).toEqual([500, 1_000, 2_000])
})

test('the receiver is not asked again before it wants to be', () => {
  expect(waits(1, 1, 30_000)).toBe(30_000)
  expect(waits(9, 1, 30_000)).toBe(256_000)
})

test('the last attempt is made when the time is up, and none after it', () => {
  const at = (now: number, retryAfterMs?: number) =>
    nextAttemptAt({ attempts: 20, now: instant(now), giveUpAt: instant(HOUR), retryAfterMs }, usualBackoff, 0.5)
  expect(at(HOUR - 1_000)).toBe(HOUR)
  expect(at(0, 2 * HOUR)).toBe(HOUR)
  expect(at(HOUR)).toBeUndefined()
  expect(at(2 * HOUR)).toBeUndefined()
})
