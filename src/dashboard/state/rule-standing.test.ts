import { expect, test } from 'vitest'
import type { Alert } from '../../protocol/alert.ts'
import type { RuleView } from '../../protocol/rules.ts'
import type { StageStatistics } from '../../protocol/statistics.ts'
import { feedbackOf, lastFiredAt, ruleStanding, rulesInOrder, segmentsOf } from './rule-standing.ts'

const quiet = { pending: 0, firing: 0, recovering: 0, no_data: 0 }
const rule = (name: string, change: Partial<RuleView> = {}): RuleView => ({
  name,
  stage: 'picking',
  measure: null,
  by: ['warehouse'],
  kind: null,
  when: 'wip > 1.0',
  recover_when: null,
  window_ms: 900_000,
  for_ms: 0,
  keep_firing_for_ms: 0,
  grace_ms: 0,
  min_samples: 0,
  max_alerts: 50,
  no_data: null,
  severity: 'warning',
  owner: 'o',
  owner_title: { en: 'O' },
  action: null,
  runbook: null,
  version: 'abc',
  file: 'p.yaml',
  line: 1,
  alerts: quiet,
  last_fired_at: null,
  feedback: { useful: 0, false_alarm: 0 },
  past: null,
  ...change,
})
const past = { days: 28, fired: 8, fired_per_week: 2, last_fired_at: null, useful: 3, false_alarm: 1, precision: 0.75 }

test('a rule without data fires as one that does, and those that fire come first', () => {
  const rules = [
    rule('a'),
    rule('b', { alerts: { ...quiet, pending: 1 } }),
    rule('c', { alerts: { ...quiet, no_data: 1, pending: 1 } }),
    rule('d'),
  ]
  expect(rules.map(ruleStanding)).toEqual(['quiet', 'pending', 'firing', 'quiet'])
  expect(rulesInOrder(rules).map(({ name }) => name)).toEqual(['c', 'b', 'a', 'd'])
})

test('what the store knows of weeks counts, and without it what memory knows of a day', () => {
  const [yesterday, now] = ['2026-11-22T07:00:00.000Z', '2026-11-23T07:00:00.000Z']
  expect(lastFiredAt(rule('a', { past: { ...past, last_fired_at: yesterday } }))).toBe(yesterday)
  expect(lastFiredAt(rule('a', { last_fired_at: now, past: { ...past, last_fired_at: yesterday } }))).toBe(now)
  expect(lastFiredAt(rule('a'))).toBeUndefined()
  expect(feedbackOf(rule('a', { past }))).toMatchObject({ useful: 3, false_alarm: 1 })
  expect(feedbackOf(rule('a', { feedback: { useful: 1, false_alarm: 0 } }))).toEqual({ useful: 1, false_alarm: 0 })
})

test('a rule is asked about where it fires first, cut by its own dimensions', () => {
  const segment = (warehouse: string, region: string) => ({
    segment: { warehouse, region },
    total: false,
    target_ms: null,
    values: {},
  })
  const statistics: StageStatistics = {
    stage: 'picking',
    window_ms: 900_000,
    segments: [
      { segment: {}, total: true, target_ms: null, values: {} },
      segment('WH-1', 'east'),
      segment('WH-1', 'west'),
      segment('WH-2', 'east'),
    ],
    segment_count: 3,
    partial: false,
  }
  const firing = { rule: 'a', segment: { warehouse: 'WH-2' }, state: 'firing' } as unknown as Alert
  expect(segmentsOf(rule('a'), [firing], statistics)).toEqual([{ warehouse: 'WH-2' }, { warehouse: 'WH-1' }])
  expect(segmentsOf(rule('b', { by: [] }), [firing], statistics)).toEqual([{}])
  expect(segmentsOf(rule('c', { by: ['carrier'] }), [], statistics)).toEqual([])
  expect(segmentsOf(rule('a'), [], undefined)).toEqual([])
})
