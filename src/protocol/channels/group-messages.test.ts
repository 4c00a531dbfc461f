import { expect, test } from 'vitest'
import { groupOn } from '../../../test/support/notify/notifications.ts'
import { alertmanagerBody } from './alertmanager.ts'
import { notificationText } from './notification-text.ts'
import { pagerdutyEvents } from './pagerduty.ts'
import { taskWords } from './task.ts'

const group = groupOn(
  [
    { id: 'over', state: 'resolved', segment: { warehouse: 'WH-1' } },
    { id: 'mild', severity: 'info', segment: { warehouse: 'WH-3' } },
    { id: 'severe', segment: { warehouse: 'WH-2' } },
  ],
  ['over', 'severe'],
  5,
)

test('a CloudEvent names the group, lists the most severe alert first and what is over last, and says what has changed', () => {
  expect(group).toMatchObject({
    type: 'stagewatch.alerts.group.v1',
    data: { group: { key: '{}:{process="quick-delivery"}', labels: { process: 'quick-delivery' } }, count: 5 },
  })
  if (group.type !== 'stagewatch.alerts.group.v1') throw new Error(group.type)
  expect(group.data.alerts.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'severe firing',
    'mild firing',
    'over resolved',
  ])
  expect(group.data.changed).toEqual(['over', 'severe'])
})

test("Alertmanager's body has the group's key and labels, and what all of its alerts have in common", () => {
  expect(alertmanagerBody(group, 'en')).toMatchObject({
    groupKey: '{}:{process="quick-delivery"}',
    groupLabels: { process: 'quick-delivery' },
    commonLabels: { alertname: 'picking_slow', process: 'quick-delivery', stage: 'picking', owner: 'warehouse' },
    status: 'firing',
    truncatedAlerts: 2,
    alerts: [
      { status: 'firing', labels: { warehouse: 'WH-2', severity: 'critical' }, fingerprint: 'severe' },
      { status: 'firing', labels: { warehouse: 'WH-3', severity: 'info' }, fingerprint: 'mild' },
      { status: 'resolved', labels: { warehouse: 'WH-1' }, fingerprint: 'over' },
    ],
  })
  const over = groupOn([{ id: 'over', state: 'resolved' }], ['over'])
  expect(alertmanagerBody(over, 'en')).toMatchObject({ status: 'resolved', truncatedAlerts: 0 })
})

test('people read the most urgent alert, each that is listed, and how many are not', () => {
  const { title, alerts, more } = notificationText([group], 'en', 10)
  expect(title).toContain('Stagewatch · Critical · Firing: Picking in WH-2')
  expect(title).toContain('(and 4 more)')
  expect(alerts.map(({ status }) => status)).toEqual(['Critical · Firing', 'Info · Firing', 'Critical · Resolved'])
  expect(more(0)).toBe('2 more, see Stagewatch')
})

test('PagerDuty gets an event for each alert, under its own key; a task is told only of what has changed', () => {
  const events = pagerdutyEvents(group, 'key', 'en') as { event_action: string; dedup_key: string }[]
  expect(events.map(event => `${event.event_action} ${event.dedup_key}`)).toEqual([
    'trigger severe',
    'trigger mild',
    'resolve over',
  ])
  expect(taskWords(group, 'en').map(({ alert, isOver }) => [alert, isOver])).toEqual([
    ['severe', false],
    ['over', true],
  ])
})
