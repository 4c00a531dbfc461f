import { expect, test } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { quickDelivery, statusAt } from '../../test/browser/quick-delivery.ts'
import { makeProcess } from '../../test/model/process.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import { alertView } from './alert-view.ts'
import { summarizeProcess } from './process-summary.ts'
import { processStatisticsSchema } from './statistics.ts'
import { statisticsView } from './statistics-view.ts'

const at = instant(60_000)
const sketch = makeProcess({
  activities: ['paid', 'picked'],
  attributes: ['warehouse', 'amount:value'],
  stages: { picking: { from: ['paid'], to: ['picked'] } },
  measures: { revenue: { of: 'amount', by: ['warehouse'], decimals: 2 } },
  settle: 60_000,
  pane: 10_000,
  timeout: 86_400_000,
})
const process = { ...sketch, measures: sketch.measures.map(measure => ({ ...measure, currency: 'CNY' })) }

test('a process tells its measures, and their statistics stand beside those of its stages', () => {
  const engine = new PlainEngine([quickDelivery])
  const segment = (warehouse: string, count: number) => ({
    segment: { warehouse },
    total: false,
    values: { count, sum: 2.5 * count },
  })
  engine.evaluate(
    statusAt(at),
    [],
    [
      {
        measure: 'revenue',
        windowMs: durationMs(60_000),
        segments: [
          { segment: {}, total: true, values: { count: 6 } },
          segment('A', 1),
          segment('B', 3),
          segment('C', 2),
        ],
        partial: true,
      },
    ],
  )
  const view = statisticsView(engine, quickDelivery, 2)
  expect(processStatisticsSchema.parse(view)).toEqual(view)
  expect(view.measures).toEqual([
    {
      measure: 'revenue',
      window_ms: 60_000,
      // The total always stays, then those with the most events in the order of their keys.
      segments: [
        { segment: {}, total: true, values: { count: 6 } },
        { segment: { warehouse: 'B' }, total: false, values: { count: 3, sum: 7.5 } },
        { segment: { warehouse: 'C' }, total: false, values: { count: 2, sum: 5 } },
      ],
      segment_count: 3,
      partial: true,
    },
  ])
  expect(summarizeProcess(process, new Map(), undefined, at).measures).toEqual([
    {
      name: 'revenue',
      title: { en: 'revenue' },
      owner: 'tests',
      owner_title: { en: 'tests' },
      currency: 'CNY',
      by: ['warehouse'],
    },
  ])
})

test('an alert of a rule over a measure names the measure, and its values are amounts', () => {
  const transition: AlertTransition = {
    id: 'a',
    process: 'sketch',
    rule: 'low',
    measure: 'revenue',
    segment: {},
    state: 'firing',
    from: 'inactive',
    because: 'breach-held',
    at,
    since: at,
    firedAt: at,
    value: 5,
    owner: 'tests',
    severity: 'warning',
    summary: { en: 'low' },
    explanation: {
      expression: 'sum < 10',
      terms: [{ text: 'sum < 10', values: { sum: 5 }, result: true }],
      result: true,
      window: { start: instant(0), end: at },
      watermark: undefined,
      samples: 2,
      minSamples: 0,
      owner: 'tests',
      action: undefined,
      runbook: undefined,
    },
  }
  expect(alertView(transition, process, new Map())).toMatchObject({
    stage: null,
    measure: 'revenue',
    subject_title: { en: 'revenue' },
    unit: 'amount',
    threshold: { statistic: 'sum', operator: '<', value: 10 },
    explanation: { terms: [{ values: [{ statistic: 'sum', unit: 'amount', value: 5 }] }] },
  })
})
