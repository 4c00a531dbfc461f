import { expect, test } from 'vitest'
import type { StageSums } from '../../protocol/history.ts'
import { trendOf } from './trend.ts'

const sums = (p90Ms: number | null, exited = 40): StageSums => ({
  entered: exited,
  exited,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  breached: 0,
  avg_ms: p90Ms,
  p50_ms: p90Ms,
  p90_ms: p90Ms,
  p99_ms: p90Ms,
})
const trend = (now: StageSums, before: StageSums) => trendOf({ whole: { ...now, before } })

test('a stage is slower or faster than an hour ago, or steady within a twentieth', () => {
  expect(trend(sums(1_200), sums(1_000))?.kind).toBe('slower')
  expect(trend(sums(1_200), sums(1_000))?.change).toBeCloseTo(0.2)
  expect(trend(sums(800), sums(1_000))?.kind).toBe('faster')
  expect(trend(sums(1_040), sums(1_000))?.kind).toBe('steady')
})

test('few visits, or none, make no trend', () => {
  expect(trend(sums(1_200, 9), sums(1_000))).toBeUndefined()
  expect(trend(sums(1_200), sums(1_000, 9))).toBeUndefined()
  expect(trend(sums(null), sums(1_000))).toBeUndefined()
  expect(trendOf({ whole: sums(1_000) })).toBeUndefined()
})
