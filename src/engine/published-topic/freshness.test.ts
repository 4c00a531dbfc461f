import { expect, test } from 'vitest'
import { Freshness } from './freshness.ts'

test('what is read is as fresh as the last end that was reached, though the end of the moment never is', () => {
  const freshness = new Freshness()
  for (let second = 0; second < 10; second++) {
    // Each second ten more, of which the last ten cannot be read yet.
    freshness.cameTo(10 * second, 10 * second + 10, 1_000 * second)
    expect(freshness.since).toBe(second === 0 ? -Infinity : 1_000 * (second - 1))
  }
})

test('nothing is fresh that does not come to an end it had', () => {
  const freshness = new Freshness()
  freshness.cameTo(5, 5, 1_000)
  expect(freshness.since).toBe(1_000)
  for (const [readTo, endOffset] of [
    [6, 20],
    [19, 30],
    [19, 40],
  ] as const) {
    freshness.cameTo(readTo, endOffset, 2_000 + endOffset)
    expect(freshness.since).toBe(1_000)
  }
  freshness.cameTo(20, 50, 9_000)
  expect(freshness.since).toBe(2_020)
  freshness.cameTo(50, 50, 10_000)
  expect(freshness.since).toBe(10_000)
})
