import { expect, test } from 'vitest'
import { alertOf, owners, quickDelivery } from '../../test/browser/quick-delivery.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { alertView } from './alert-view.ts'
import { notificationSchema } from './notification.ts'
import { notificationView } from './notification-view.ts'

const now = instant(Date.UTC(2026, 10, 23, 7, 0, 0))

const firing = (id: string, since: number, severity: AlertTransition['severity'] = 'critical'): AlertTransition => ({
  ...alertOf({
    id,
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    state: 'firing',
    from: 'pending',
    at: now,
    since: instant(since),
    value: 400_000,
  }),
  severity,
})

const envelope = { id: 'm', contactPoint: 'warehouse-ops/webhook', at: instant(now + 250), process: 'quick-delivery' }

test('the body of a message has the alert as the API has it, and says what happened to it', () => {
  const transition = firing('a', now)
  for (const state of ['firing', 'no_data', 'resolved'] as const) {
    const body = notificationView({ ...envelope, kind: 'alert', state, transition }, quickDelivery, owners)
    expect(body).toEqual({
      version: 1,
      id: 'm',
      type: `alert.${state}`,
      timestamp: '2026-11-23T07:00:00.250Z',
      contact_point: 'warehouse-ops/webhook',
      data: { alert: alertView(transition, quickDelivery, owners) },
    })
    expect(notificationSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body)
  }
})

test('a digest lists the most urgent alerts first, and counts those that it has no room for', () => {
  const many = Array.from({ length: 60 }, (_, nth) => firing(`info-${nth}`, now - nth, 'info'))
  const transitions = [...many, firing('warning', now - 1, 'warning'), firing('young', now), firing('old', now - 1)]
  const body = notificationView({ ...envelope, kind: 'digest', transitions }, quickDelivery, owners)
  expect(body).toMatchObject({ type: 'alerts.digest', data: { process: 'quick-delivery', count: 63 } })
  if (body.type !== 'alerts.digest') throw new Error(body.type)
  expect(body.data.alerts).toHaveLength(50)
  expect(body.data.alerts.slice(0, 4).map(({ id }) => id)).toEqual(['old', 'young', 'warning', 'info-59'])
  expect(notificationSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body)
})
