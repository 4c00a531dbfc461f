import { describe, expect, test } from 'vitest'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { StatisticValue } from '../model/bounded.ts'
import type { ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import type { StatisticName } from '../model/statistics.ts'
import type { Truth } from '../model/truth.ts'
import { compileRule, judge } from './rule.ts'

const position = { file: 'orders.yaml', line: 1, column: 1 }

const picking: RuleDefinition = {
  name: 'picking_slow',
  stage: 0,
  by: [1],
  windowMs: durationMs(900_000),
  when: 'age_p90 > duration("4h")',
  recoverWhen: undefined,
  forMs: durationMs(0),
  keepFiringForMs: durationMs(0),
  minSamples: 0,
  noData: undefined,
  kind: undefined,
  graceMs: durationMs(0),
  maxAlerts: 50,
  severity: 'critical',
  owner: 'warehouse-ops',
  summary: { en: '{{ warehouse }}: {{ age_p90 | duration }}' },
  action: { en: 'Move two pickers' },
  runbook: 'docs/picking.md',
  position,
}

const attribute = (name: string) => ({ name, kind: 'dimension' as const, readByWhere: false })

const orders: ProcessDefinition = {
  name: 'orders',
  title: { en: 'Orders' },
  owner: 'ops',
  timezone: 'UTC',
  sources: [],
  activities: ['paid', 'picked'],
  attributes: [attribute('region'), attribute('warehouse')],
  value: undefined,
  starts: [],
  ends: [],
  settleMs: durationMs(3_600_000),
  paneMs: durationMs(10_000),
  caseTimeoutMs: durationMs(2_592_000_000),
  evaluateEveryMs: durationMs(1_000),
  limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
  stages: [
    {
      name: 'picking',
      title: { en: 'Picking' },
      from: [{ activity: 0, where: undefined }],
      to: [{ activity: 1, where: undefined }],
      owner: 'warehouse-ops',
      target: undefined,
      calendar: undefined,
      by: [1],
      maxSegments: 1_000,
      deadline: undefined,
      position,
    },
  ],
  measures: [],
  metrics: [],
  rules: [picking],
  position,
}

type Values = Partial<Record<StatisticName, StatisticValue>>

const window = { start: instant(0), end: instant(900_000) }

const verdictOf = (changes: Partial<Omit<RuleDefinition, 'stage' | 'measure'>>, values: Values) =>
  judge(compileRule(orders, { ...picking, ...changes }), {
    lookup: name => values[name],
    window,
    watermark: instant(899_000),
  })

const HOUR = 3_600_000

describe('a rule', () => {
  test('breaches with the value of its first term and everything that explains it', () => {
    const { breached, recovered, value, explanation, summary } = verdictOf(
      { minSamples: 20 },
      { age_p90: 5 * HOUR, at_risk: 25 },
    )
    expect({ breached, recovered, value }).toEqual({ breached: true, recovered: false, value: 5 * HOUR })
    expect(explanation).toEqual({
      expression: 'age_p90 > duration("4h")',
      terms: [
        { text: 'age_p90 > duration("4h")', values: { age_p90: 5 * HOUR }, result: true },
        { text: 'at_risk >= 20', values: { at_risk: 25 }, result: true },
      ],
      result: true,
      window,
      watermark: 899_000,
      samples: 25,
      minSamples: 20,
      flow: { entered: 0, exited: 0, left: 0, wip: 0 },
      owner: 'warehouse-ops',
      action: { en: 'Move two pickers' },
      runbook: 'docs/picking.md',
    })
    expect(summary({ warehouse: 'WH-2' })).toEqual({ en: 'WH-2: 5h' })
  })

  const recoverWhen = 'age_p90 < duration("3h")'
  test.each<[string, Partial<RuleDefinition>, Values, Truth, Truth]>([
    ['below its threshold', {}, { age_p90: HOUR }, false, true],
    ['without samples of its statistic', {}, {}, undefined, undefined],
    ['with too few visits at risk', { minSamples: 20 }, { age_p90: 5 * HOUR, at_risk: 19 }, false, true],
    ['with just enough visits at risk', { minSamples: 20 }, { age_p90: 5 * HOUR, at_risk: 20 }, true, false],
    ['with too few visits and no value', { minSamples: 20 }, { at_risk: 0 }, false, true],
    ['between its two thresholds', { recoverWhen }, { age_p90: 3.5 * HOUR }, false, false],
    ['below both thresholds', { recoverWhen }, { age_p90: 2 * HOUR }, false, true],
    [
      'with a recovery without value',
      { recoverWhen: 'p90 < duration("5ms")' },
      { age_p90: 2 * HOUR },
      false,
      undefined,
    ],
    ['breached while its recovery holds', { recoverWhen: 'wip < 5' }, { age_p90: 5 * HOUR, wip: 1 }, true, false],
    ['unknown while its recovery holds', { recoverWhen: 'wip < 5' }, { wip: 1 }, undefined, true],
  ])('%s', (_name, changes, values, breached, recovered) => {
    expect(verdictOf(changes, values)).toMatchObject({ breached, recovered })
  })

  const stopped = { live_p90: { atLeast: 6 * HOUR }, at_risk: 25 }

  test('that a bound decides breaches with the bound, which its explanation and summary call one', () => {
    const when = 'live_p90 > duration("4h")'
    const verdict = verdictOf({ when, minSamples: 20, summary: { en: 'p90 {{ live_p90 | duration }}' } }, stopped)
    expect(verdict).toMatchObject({ breached: true, recovered: false, value: 6 * HOUR })
    expect(verdict.explanation.terms).toEqual([
      { text: when, values: { live_p90: 6 * HOUR }, atLeast: ['live_p90'], result: true },
      { text: 'at_risk >= 20', values: { at_risk: 25 }, result: true },
    ])
    expect(verdict.summary({})).toEqual({ en: 'p90 ≥ 6h' })
  })

  test('that a bound leaves open is unknown, and neither breaches nor recovers', () => {
    expect(verdictOf({ when: 'live_p90 > duration("7h")' }, stopped)).toMatchObject({
      breached: undefined,
      recovered: undefined,
    })
  })

  test('says everything that it reads, so that nothing else has to be computed', () => {
    const rule = compileRule(orders, { ...picking, when: 'wip > 3 && p50 < p90', recoverWhen: 'exited > 3' })
    expect(rule.statistics).toEqual(['wip', 'p50', 'p90', 'exited', 'age_p90', 'at_risk'])
    expect(rule).toMatchObject({ process: 'orders', subject: { stage: 'picking' }, dimensions: ['warehouse'] })
  })

  test('without a summary is named with its segment', () => {
    expect(verdictOf({ summary: undefined }, {}).summary({ warehouse: 'WH-2' })).toEqual({ en: 'picking_slow: WH-2' })
    expect(verdictOf({ summary: undefined, by: [] }, {}).summary({})).toEqual({ en: 'picking_slow' })
  })

  test('that does not fit its process is a mistake of the program and stops it', () => {
    expect(() => compileRule(orders, { ...picking, stage: 7 })).toThrow('names stage 7')
    expect(() => compileRule(orders, { ...picking, by: [7] })).toThrow('cuts by attribute 7')
    expect(() => compileRule(orders, { ...picking, when: 'wip' })).toThrow('neither true nor false')
  })
})
