import { expect, test } from 'vitest'
import type { Alert, AlertState } from '../../protocol/alert.ts'
import type { ServerMessage } from '../../protocol/message.ts'
import type { Status } from '../../protocol/status.ts'
import { applyMessage, emptyWorld } from './world.ts'

const at = '2026-11-23T07:00:00.000Z'
const envelope = { sequence: 1, at, as_of: at, event_time: at }

const alert = (id: string, state: AlertState, time = at): Alert => ({
  id,
  process: 'p',
  rule: 'r',
  stage: 's',
  measure: null,
  subject_title: { en: 'S' },
  segment: {},
  state,
  from: 'inactive',
  because: 'breach-held',
  at: time,
  since: at,
  fired_at: null,
  severity: 'warning',
  owner: 'o',
  owner_title: { en: 'O' },
  summary: { en: 'Slow' },
  action: null,
  runbook: null,
  value: 1,
  threshold: null,
  unit: 'count',
  explanation: {
    expression: 'wip > 0.0',
    terms: [],
    result: true,
    window: { start: at, end: at },
    watermark: null,
    samples: 1,
    min_samples: 0,
  },
})
const alertMessage = (item: Alert): ServerMessage => ({ type: 'alert', ...envelope, alert_offset: 1, alert: item })

const status = (catchingUp: boolean, evaluatedAt: string | null): Status => ({
  version: '1',
  started_at: at,
  processes: [
    {
      process: 'p',
      evaluated_at: evaluatedAt,
      watermark: null,
      catching_up: catchingUp,
      cases_in_memory: 0,
      source: { state: 'connected', since: '2026-11-23T06:00:00.000Z', problem: null, remedy: null },
      unknown_ends: 0,
      partition_count: 1,
      events_counted: 1,
      dead_letters: 0,
    },
  ],
  store: { state: 'ready', rows_written: 0, rows_waiting: 0, problem: null },
})

test('a snapshot replaces everything that was known before', () => {
  const before = applyMessage(emptyWorld, alertMessage(alert('old', 'firing')))
  const after = applyMessage(before, {
    type: 'snapshot',
    ...envelope,
    alert_offset: 7,
    processes: [],
    statistics: [{ process: 'p', as_of: at, stages: [], measures: [] }],
    alerts: [alert('new', 'pending')],
    active_alerts: 1,
    status: status(false, at),
  })
  expect([...after.alerts.keys()]).toEqual(['new'])
  expect(after.statistics.get('p')?.as_of).toBe(at)
})

test('an alert that fires or resolves is announced, one that only goes on is not', () => {
  const firing = applyMessage(emptyWorld, alertMessage(alert('a', 'firing')))
  expect(firing.announced?.state).toBe('firing')
  const pending = applyMessage(firing, alertMessage(alert('b', 'pending')))
  expect(pending.announced?.id).toBe('a')
  expect(applyMessage(pending, alertMessage(alert('a', 'resolved'))).announced?.state).toBe('resolved')
})

test('active alerts are counted through every change of state', () => {
  const states: [string, AlertState, number][] = [
    ['a', 'pending', 1],
    ['a', 'firing', 1],
    ['b', 'firing', 2],
    ['a', 'resolved', 1],
    ['b', 'recovering', 1],
    ['b', 'resolved', 0],
    ['c', 'inactive', 0],
  ]
  let world = emptyWorld
  for (const [id, state, active] of states) {
    world = applyMessage(world, alertMessage(alert(id, state)))
    expect(world.activeAlerts).toBe(active)
  }
  expect(world.alerts.has('c')).toBe(false)
})

test('a page that is open for weeks keeps the newest resolved alerts only', () => {
  let world = emptyWorld
  for (let count = 0; count < 80; count += 1) {
    const time = new Date(Date.parse(at) + count * 1_000).toISOString()
    world = applyMessage(world, alertMessage(alert(`a${count}`, 'resolved', time)))
  }
  expect(world.alerts.size).toBe(50)
  expect(world.alerts.has('a79')).toBe(true)
  expect(world.alerts.has('a29')).toBe(false)
})

test('progress of catching up is counted from where the page first saw it', () => {
  const message = (catchingUp: boolean, evaluatedAt: string): ServerMessage => ({
    type: 'status',
    ...envelope,
    status: status(catchingUp, evaluatedAt),
  })
  const first = applyMessage(emptyWorld, message(true, '2026-11-23T05:00:00.000Z'))
  const later = applyMessage(first, message(true, '2026-11-23T06:00:00.000Z'))
  expect(later.catchingUpFrom.get('p')).toBe(Date.parse('2026-11-23T05:00:00.000Z'))
  expect(applyMessage(later, message(false, at)).catchingUpFrom.size).toBe(0)
})
