import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coarseness, lastPaneBefore, MAX_PANES, paneIndexOf, paneStart, windowPanes } from './span.ts'

test('panes are half-open, aligned to the epoch, and numbered below zero before it', () => {
  expect([-11, -10, -1, 0, 9, 10].map(at => paneIndexOf(at, 10))).toEqual([-2, -1, -1, 0, 0, 1])
  expect(paneStart(-2, 10)).toBe(-20)
})

test('the youngest pane of a window is the one that fills, on an edge the one just complete', () => {
  expect([-1, 0, 1, 10, 11].map(at => lastPaneBefore(at, 10))).toEqual([-1, -1, 0, 0, 1])
})

test.each([
  ['in the midst of a pane: complete ones and the one that fills', 45, 30, { first: 1, last: 4 }],
  ['on an edge: complete ones only', 40, 30, { first: 1, last: 3 }],
  ['across the epoch', 5, 30, { first: -3, last: 0 }],
  ['a window of one pane', 45, 10, { first: 3, last: 4 }],
  ['a thousand panes are not yet coarse', 45, 10_000, { first: -996, last: 4 }],
  ['over a thousand, the old end lies on two panes', 45, 10_010, { first: -998, last: 4 }],
  ['over two thousand on four', 45, 20_010, { first: -2_000, last: 4 }],
])('the panes of a window, %s', (_what, at, windowMs, panes) => {
  expect(windowPanes(at, windowMs, 10)).toEqual(panes)
})

test('a coarse pane is the smallest power of two that leaves at most a thousand in the window', () => {
  expect([1, 1_000, 1_001, 2_000, 2_001, 4_001].map(panes => coarseness(panes * 10, 10))).toEqual([1, 1, 2, 2, 4, 8])
})

const windows = fc.record({
  at: fc.integer({ min: -(10 ** 9), max: 10 ** 12 }),
  paneMs: fc.integer({ min: 1, max: 100_000 }),
  panes: fc.integer({ min: 1, max: 100_000 }),
})

test('a window holds its length of complete panes, less than one coarse pane more, and no pane after T', () => {
  fc.assert(
    fc.property(windows, ({ at, paneMs, panes }) => {
      const windowMs = panes * paneMs
      const { first, last } = windowPanes(at, windowMs, paneMs)
      const coarse = coarseness(windowMs, paneMs)
      const complete = paneIndexOf(at, paneMs)
      expect(complete - first).toBeGreaterThanOrEqual(panes)
      expect(complete - first).toBeLessThan(panes + coarse)
      expect(Math.abs(first % coarse)).toBe(0)
      expect(panes / coarse).toBeLessThanOrEqual(MAX_PANES)
      expect(last * paneMs).toBeLessThan(at)
      expect((last + 1) * paneMs).toBeGreaterThanOrEqual(at)
    }),
  )
})

test('a window never moves back as time goes on', () => {
  fc.assert(
    fc.property(windows, fc.nat(10_000_000), ({ at, paneMs, panes }, later) => {
      const before = windowPanes(at, panes * paneMs, paneMs)
      const after = windowPanes(at + later, panes * paneMs, paneMs)
      expect(after.first).toBeGreaterThanOrEqual(before.first)
      expect(after.last).toBeGreaterThanOrEqual(before.last)
    }),
  )
})
