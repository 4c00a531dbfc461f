import { expect, test } from 'vitest'
import { drawnBars } from './age-bars.ts'

const bar = (from_ms: number, to_ms: number | null, count: number) => ({ from_ms, to_ms, count })

test('the edge at a target is no bar of its own, and its visits are counted in the one before', () => {
  const ages = [bar(0, 60_000, 3), bar(60_000, 120_000, 2), bar(120_000, 120_001, 1), bar(120_001, null, 4)]
  expect(drawnBars(ages)).toEqual([bar(0, 60_000, 3), bar(60_000, 120_001, 3), bar(120_001, null, 4)])
  expect(drawnBars([bar(0, 1, 1), bar(1, 2, 1)])).toEqual([bar(0, 2, 2)])
  expect(drawnBars([])).toEqual([])
})
