import { expect, test } from 'vitest'
import type { SeriesPoint } from '../../protocol/history.ts'
import { cumulativeFlow } from './cumulative-flow.ts'

const point = (minute: number, entered: number, exited: number, wip: number | null, abandoned = 0): SeriesPoint => ({
  start: new Date(minute * 60_000).toISOString(),
  end: new Date((minute + 1) * 60_000).toISOString(),
  entered,
  exited,
  abandoned,
  expired: 0,
  breached: 0,
  reworked: 0,
  avg_ms: null,
  p50_ms: null,
  p90_ms: null,
  p99_ms: null,
  wip,
})

test('arrivals and exits are apart by what is open', () => {
  const points = [point(0, 5, 2, 10), point(1, 4, 6, 7, 1), point(2, 0, 0, 7)]
  const flow = cumulativeFlow({ points, wip_before: 7 })
  expect(flow).toEqual({
    ends: [60_000, 120_000, 180_000],
    arrived: [12, 16, 16],
    left: [2, 9, 9],
    openBefore: 7,
  })
  expect(points.map((_, index) => flow.arrived[index]! - flow.left[index]!)).toEqual(points.map(({ wip }) => wip))
})

test('where it is not known what was open, both begin at nothing', () => {
  expect(cumulativeFlow({ points: [point(0, 5, 2, null)], wip_before: null })).toMatchObject({
    arrived: [5],
    left: [2],
    openBefore: undefined,
  })
  expect(cumulativeFlow({ points: [], wip_before: null })).toEqual({
    ends: [],
    arrived: [],
    left: [],
    openBefore: undefined,
  })
})
