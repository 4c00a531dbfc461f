import { expect, test } from 'vitest'
import type { Alert, AlertState } from '../../protocol/alert.ts'
import type { StageSummary } from '../../protocol/process.ts'
import { processLayout } from '../../protocol/process-layout.ts'
import type { SegmentStatistics, StageStatistics } from '../../protocol/statistics.ts'
import { type Finding, findBottleneck } from './bottleneck.ts'
import { stageCondition } from './stage-condition.ts'

const stage = (name: string, from: number, to: number): StageSummary => ({
  name,
  title: { en: name },
  owner: 'o',
  owner_title: { en: 'O' },
  target: null,
  by: ['warehouse'],
  from: [],
  to: [],
  span: { from, to },
})
const [picking, packing] = [stage('picking', 1, 2), stage('packing', 2, 3)]
const leadTime = stage('lead_time', 0, 3)

const segment = (name: string | undefined, ageMinutes: number, targetMinutes: number | null): SegmentStatistics => ({
  segment: name === undefined ? {} : { warehouse: name },
  total: name === undefined,
  target_ms: targetMinutes === null ? null : targetMinutes * 60_000,
  values: { wip: 10, age_p90: ageMinutes * 60_000, entered: 30, exited: 20, abandoned: 2 },
})
const statistics = (name: string, ...segments: SegmentStatistics[]): StageStatistics => ({
  stage: name,
  window_ms: 900_000,
  segments,
  segment_count: segments.length - 1,
  partial: false,
})
const alert = (stageName: string, severity: Alert['severity'], state: AlertState, warehouse?: string): Alert => {
  const at = '2026-11-23T07:00:00.000Z'
  const window = { start: at, end: at }
  return {
    id: stageName + severity,
    process: 'p',
    rule: 'r',
    stage: stageName,
    measure: null,
    subject_title: { en: stageName },
    segment: warehouse === undefined ? {} : { warehouse },
    state,
    from: 'pending',
    because: 'breach-held',
    at,
    since: at,
    fired_at: at,
    severity,
    owner: 'o',
    owner_title: { en: 'O' },
    summary: { en: 'slow' },
    action: null,
    runbook: null,
    value: 1,
    threshold: null,
    unit: null,
    explanation: { expression: '', terms: [], result: true, window, watermark: null, samples: 1, min_samples: 0 },
  }
}

const find = (chain: readonly StageSummary[], all: readonly StageStatistics[], alerts: readonly Alert[]): Finding =>
  findBottleneck(chain, all, alerts, false)
const bottleneck = (...given: Parameters<typeof find>) => {
  const found = find(...given)
  return found.kind === 'found' ? found.bottleneck : undefined
}

test('within its targets and without alerts a process has no bottleneck', () => {
  const withTarget = { ...picking, target: { default_ms: 180_000, by: [] } }
  expect(find([withTarget], [statistics('picking', segment(undefined, 2, 3))], [])).toEqual({ kind: 'none' })
  expect(find([picking], [statistics('picking', segment(undefined, 2, null))], [])).toEqual({
    kind: 'none',
    but: 'no-targets',
  })
  expect(find([picking], [], [])).toEqual({ kind: 'waiting' })
})

test('while history is read no bottleneck is named, however late a visit of the past is', () => {
  const all = [statistics('picking', segment(undefined, 90, 3))]
  expect(findBottleneck([picking], all, [alert('picking', 'critical', 'firing')], true)).toEqual({
    kind: 'catching-up',
  })
  expect(findBottleneck([picking], all, [], false).kind).toBe('found')
})

const ofVisits = (statistics: SegmentStatistics, wip: number, atRisk?: number): SegmentStatistics => ({
  ...statistics,
  values: { ...statistics.values, wip, ...(atRisk === undefined ? {} : { at_risk: atRisk }) },
})

test('within its target a stage is the bottleneck only for an alert about enough visits', () => {
  const fires = [alert('picking', 'critical', 'firing')]
  const within = segment(undefined, 1.8, 3)
  const named = (total: SegmentStatistics) => find([picking], [statistics('picking', total)], fires)
  expect(named(ofVisits(within, 10)).kind).toBe('found')
  expect(named(ofVisits(within, 1, 10)).kind).toBe('found')
  expect(named(ofVisits(within, 9))).toEqual({ kind: 'none', but: 'alerts' })
  expect(named(ofVisits(segment(undefined, 3.1, 3), 1)).kind).toBe('found')
  expect(named(ofVisits(segment(undefined, 1.8, null), 1))).toEqual({ kind: 'none', but: 'alerts' })
})

test('an alert of a stage that is not in the chain is no bottleneck, but keeps the page from saying that nothing fires', () => {
  const all = [statistics('picking', segment(undefined, 1, 3))]
  expect(find([picking], all, [alert('lead_time', 'warning', 'firing')])).toEqual({ kind: 'none', but: 'alerts' })
  expect(find([picking], all, [alert('lead_time', 'warning', 'resolved')]).kind).toBe('none')
})

test('without alerts the stage furthest over its target is the bottleneck, named by its worst segment', () => {
  const found = bottleneck(
    [picking, packing],
    [
      statistics('picking', segment(undefined, 4, 3)),
      statistics('packing', segment(undefined, 1, 2), segment('WH-1', 1, 2), segment('WH-2', 6, 2)),
    ],
    [],
  )
  expect(found).toMatchObject({
    stage: { name: 'packing' },
    ratio: 3,
    growth: 8,
    worst: { segment: { warehouse: 'WH-2' } },
  })
})

test('a firing alert outweighs any ratio, and the most severe one counts', () => {
  const all = [statistics('picking', segment(undefined, 1, 3)), statistics('packing', segment(undefined, 9, 2))]
  expect(bottleneck([picking, packing], all, [alert('picking', 'warning', 'firing')])?.stage.name).toBe('picking')
  const both = [alert('picking', 'warning', 'firing'), alert('packing', 'critical', 'firing')]
  expect(bottleneck([picking, packing], all, both)?.alert?.severity).toBe('critical')
})

test('a pending or resolved alert makes no bottleneck', () => {
  const all = [statistics('picking', segment(undefined, 1, 3))]
  for (const state of ['pending', 'resolved'] as const) {
    expect(bottleneck([picking], all, [alert('picking', 'critical', state)])).toBeUndefined()
  }
})

test('the segment that the alert names is the one that is shown', () => {
  const all = [statistics('picking', segment(undefined, 1, 3), segment('WH-1', 9, 3), segment('WH-2', 4, 3))]
  const found = bottleneck([picking], all, [alert('picking', 'critical', 'firing', 'WH-2')])
  expect(found?.worst.segment).toEqual({ warehouse: 'WH-2' })
})

test('a stage that runs over others stands beside the chain', () => {
  const layout = processLayout([leadTime, packing, picking])
  expect(layout.chain.map(({ name }) => name)).toEqual(['picking', 'packing'])
  expect(layout.spanning.map(({ name }) => name)).toEqual(['lead_time'])
  expect(processLayout([leadTime]).chain).toHaveLength(1)
})

test("a stage's condition is named for the worst that is known of it", () => {
  const condition = (age: number, target: number | null, ...alerts: Alert[]) =>
    stageCondition(segment(undefined, age, target), alerts)
  expect(condition(1, 2, alert('picking', 'info', 'no_data'))).toBe('alert')
  expect(condition(1, 2, alert('picking', 'info', 'pending'))).toBe('on-target')
  expect(condition(1.7, 2)).toBe('near')
  expect(condition(2.1, 2)).toBe('over')
  expect(condition(9, null)).toBe('no-target')
  expect(stageCondition({ ...segment(undefined, 1, 2), values: { wip: 0, entered: 0, exited: 0 } }, [])).toBe('idle')
  expect(stageCondition(undefined, [])).toBe('unknown')
})
