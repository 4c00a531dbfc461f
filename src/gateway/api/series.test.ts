import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { PaneSum } from './history-reader.ts'
import { fillSeries, stepFor } from './series.ts'

const sum = (start: number, entered: number, exited: number): PaneSum => ({
  start: instant(start),
  entered,
  exited,
  abandoned: 0,
  expired: 0,
  breached: 0,
  p50Ms: undefined,
  p90Ms: undefined,
})

test('open visits are counted backwards from those open now', () => {
  const points = fillSeries([sum(0, 5, 0), sum(20, 3, 4)], { from: instant(0), to: instant(30), stepMs: 10 }, 7)
  expect(points.map(point => [point.entered, point.wip])).toEqual([
    [5, 8],
    [0, 8],
    [3, 7],
  ])
})

test('a segment has no open visits over time', () => {
  const points = fillSeries([], { from: instant(0), to: instant(20), stepMs: 10 }, undefined)
  expect(points.map(point => point.wip)).toEqual([null, null])
})

test('a step is a multiple of the pane and reads well', () => {
  expect(stepFor(3_600_000, 10_000, 120)).toBe(30_000)
  expect(stepFor(86_400_000, 10_000, 120)).toBe(900_000)
  expect(stepFor(60_000, 10_000, 120)).toBe(10_000)
  expect(stepFor(3_600_000, 7_000, 120)).toBe(35_000)
  expect(stepFor(400 * 86_400_000, 3_600_000, 120) % 3_600_000).toBe(0)
})
