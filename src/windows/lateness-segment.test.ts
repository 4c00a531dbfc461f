import { expect, test } from 'vitest'
import { segmentDepth } from './lateness-segment.ts'

const entered =
  (...byDepth: number[]) =>
  (depth: number) =>
    byDepth[depth - 1] ?? 0

test('the finest segment that enough visits entered speaks for a case', () => {
  expect(segmentDepth(['SP', 'PR'], entered(500, 100))).toBe(2)
  expect(segmentDepth(['SP', 'PR'], entered(500, 99))).toBe(1)
  expect(segmentDepth(['RR', 'PR'], entered(12, 3))).toBe(0)
})

test('a case whose value is unknown belongs to the segment before it', () => {
  expect(segmentDepth(['SP', null], entered(500, 400))).toBe(1)
  expect(segmentDepth([null, 'PR'], entered(500, 400))).toBe(0)
})

test('a stage without dimensions has its total only', () => {
  expect(segmentDepth([], entered())).toBe(0)
})
