import { expect, test } from 'vitest'
import { liveWindowMs } from './life-table-width.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

test.each([
  ['enough visits enter: as asked for', 15 * MINUTE, 400 / HOUR, 15 * MINUTE],
  ['a hundred are expected exactly: as asked for', HOUR, 100 / HOUR, HOUR],
  ['half as many enter: twice as long', HOUR, 50 / HOUR, 2 * HOUR],
  ['a little less enters: twice as long', HOUR, 49.9 / HOUR, 4 * HOUR],
  ['few enter: the longest that is not over 24 h', HOUR, 1 / HOUR, 16 * HOUR],
  ['24 h can be reached', 15 * MINUTE * 1.5, 0.1 / HOUR, 24 * HOUR],
  ['nobody entered: the longest that is not over 24 h', 15 * MINUTE, 0, 16 * HOUR],
  ['over 24 h were asked for: as asked for', 72 * HOUR, 0, 72 * HOUR],
])('%s', (_what, windowMs, entriesPerMs, expected) => {
  expect(liveWindowMs(windowMs, entriesPerMs)).toBe(expected)
})
