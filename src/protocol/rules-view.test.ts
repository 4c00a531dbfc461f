import { expect, test } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { alertOf, owners, quickDelivery, statusAt } from '../../test/browser/quick-delivery.ts'
import type { AlertAction } from '../alerts/alert-action.ts'
import { instant } from '../event/instant.ts'
import { metricListSchema } from './metrics.ts'
import { ruleListSchema } from './rules.ts'
import { metricList, ruleList } from './rules-view.ts'

const noon = Date.UTC(2026, 10, 23, 12)

test('a rule is told as it was loaded, with its alerts, when it fired last, and what people said of them', () => {
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(instant(noon)), [])
  const announce = (id: string, state: 'firing' | 'resolved' | 'pending', minute: number, from = 'pending') =>
    engine.announce({
      ...alertOf({
        id,
        rule: 'picking_slow',
        segment: { warehouse: id },
        state,
        from: from as 'pending',
        at: instant(noon + minute * 60_000),
        since: instant(noon),
        value: 1,
      }),
      firedAt: state === 'pending' ? undefined : instant(noon + minute * 60_000),
    })
  announce('a', 'firing', 1)
  announce('b', 'firing', 5)
  announce('c', 'resolved', 3, 'firing')
  announce('d', 'pending', 9, 'inactive')
  const said = (alert: string, verdict: 'useful' | 'false_alarm'): AlertAction => ({
    id: `${alert}/${verdict}`,
    kind: 'feedback',
    alert,
    process: quickDelivery.name,
    by: 'ana',
    at: instant(noon),
    fields: { verdict },
  })
  engine.act(said('c', 'false_alarm'))
  engine.act(said('a', 'false_alarm'))
  engine.act(said('a', 'useful'))
  const record = { rule: 'picking_slow', fired: 6, lastFiredAt: instant(noon), useful: 1, falseAlarm: 3 }
  const list = ruleList(engine, quickDelivery, owners, [record])
  expect(ruleListSchema.parse(list)).toEqual(list)
  const [slow, late] = list.rules
  expect(slow).toMatchObject({
    name: 'picking_slow',
    stage: 'picking',
    measure: null,
    by: ['warehouse'],
    when: 'age_p90 > duration("3m") && wip >= 10.0',
    window_ms: 900_000,
    file: 'quick-delivery.yaml',
    owner_title: { en: 'Warehouse operations' },
    version: expect.stringMatching(/^[0-9a-f]{12}$/),
    alerts: { pending: 1, firing: 2, recovering: 0, no_data: 0 },
    last_fired_at: '2026-11-23T12:05:00.000Z',
    feedback: { useful: 1, false_alarm: 1 },
  })
  expect(slow?.past).toEqual({
    ...{ days: 28, fired: 6, fired_per_week: 1.5, last_fired_at: '2026-11-23T12:00:00.000Z' },
    ...{ useful: 1, false_alarm: 3, precision: 0.25 },
  })
  expect(late?.past).toMatchObject({ fired: 0, fired_per_week: 0, last_fired_at: null, precision: null })
  expect(ruleList(engine, quickDelivery, owners, undefined).rules[0]?.past).toBeNull()
  expect(late).toMatchObject({
    by: ['carrier', 'region'],
    alerts: { pending: 0, firing: 0, recovering: 0, no_data: 0 },
    last_fired_at: null,
    feedback: { useful: 0, false_alarm: 0 },
  })
})

test('a metric is told with its meaning, owner and version, and another hash after an edit', () => {
  const list = metricList(quickDelivery, owners)
  expect(metricListSchema.parse(list)).toEqual(list)
  expect(list.metrics).toMatchObject([
    { name: 'picking_time', stage: 'picking', measure: null, statistic: 'live_p90', version: 3, status: 'published' },
  ])
  const [metric] = quickDelivery.metrics
  const hashOf = (edited: object) =>
    metricList({ ...quickDelivery, metrics: [{ ...metric!, ...edited }] }, owners).metrics[0]?.hash
  expect(hashOf({})).toBe(list.metrics[0]?.hash)
  expect(hashOf({ position: { file: 'moved.yaml', line: 7, column: 1 } })).toBe(list.metrics[0]?.hash)
  expect(hashOf({ windowMs: 60_000 })).not.toBe(list.metrics[0]?.hash)
})
