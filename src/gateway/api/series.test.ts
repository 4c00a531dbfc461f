import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { Comparison } from '../../protocol/history.ts'
import type { ComparedPoint } from '../../store/queries/steps.ts'
import type { PaneSum } from '../../store/stored.ts'
import { fillSeries, stepFor } from './series.ts'

const sum = (start: number, entered: number, exited: number): PaneSum => ({
  start: instant(start),
  ...{ entered, exited, abandoned: 0, expired: 0, reworked: 0, breached: 0, sumMs: exited * 10 },
  ...{ minMs: 10, maxMs: 10, avgMs: 10, p50Ms: 10, p90Ms: 10, p95Ms: 10, p99Ms: 10 },
})

const step = (start: number, change: Partial<ComparedPoint<PaneSum>>): ComparedPoint<PaneSum> => ({
  ...{ start: instant(start), sums: undefined, periodBefore: undefined, weekBefore: undefined },
  ...change,
})

const range = { from: instant(0), to: instant(30), stepMs: 10 }

test('open visits are counted backwards from those open at the end', () => {
  const steps = [step(0, { sums: sum(0, 5, 0) }), step(20, { sums: sum(20, 3, 4) })]
  const { points, wipBefore } = fillSeries(steps, range, undefined, 7)
  expect(points.map(point => [point.entered, point.wip])).toEqual([
    [5, 8],
    [0, 8],
    [3, 7],
  ])
  expect(wipBefore).toBe(3)
  expect(points[0]).not.toHaveProperty('before')
})

test('a segment has no open visits over time', () => {
  const { points, wipBefore } = fillSeries([], range, undefined, undefined)
  expect([...points.map(point => point.wip), wipBefore]).toEqual([null, null, null, undefined])
})

test('each step has what was there as long before, also where nothing was', () => {
  const steps = [step(10, { sums: sum(10, 1, 1), periodBefore: sum(-20, 4, 2), weekBefore: sum(-7, 9, 9) })]
  const before = (compare: Comparison) =>
    fillSeries(steps, range, compare, 0).points.map(point => [point.before?.entered, point.before?.p99_ms])
  expect(before('period-before')).toEqual([
    [0, null],
    [4, 10],
    [0, null],
  ])
  expect(before('week-before')[1]).toEqual([9, 10])
})

test('a step is a multiple of the pane and reads well', () => {
  expect(stepFor(3_600_000, 10_000, 120)).toBe(30_000)
  expect(stepFor(86_400_000, 10_000, 120)).toBe(900_000)
  expect(stepFor(60_000, 10_000, 120)).toBe(10_000)
  expect(stepFor(3_600_000, 7_000, 120)).toBe(35_000)
  expect(stepFor(400 * 86_400_000, 3_600_000, 120) % 3_600_000).toBe(0)
})
