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
    const body = notificationView(
      { ...envelope, kind: 'alert', state, transition },
      quickDelivery,
      owners,
      'https://stagewatch.example',
    )
    expect(body).toEqual({
      specversion: '1.0',
      id: 'm',
      source: 'urn:stagewatch:process:quick-delivery',
      type: `stagewatch.alert.${state}.v1`,
      subject: 'a',
      time: '2026-11-23T07:00:00.250Z',
      datacontenttype: 'application/json',
      contactpoint: 'warehouse-ops/webhook',
      data: {
        process: 'quick-delivery',
        process_title: { en: 'Quick delivery', zh: '即时配送' },
        timezone: 'Asia/Shanghai',
        page: 'https://stagewatch.example',
        alert: alertView(transition, quickDelivery, owners),
      },
    })
    expect(notificationSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body)
  }
})

test('a digest lists the most urgent alerts first, and counts those that it has no room for', () => {
  const many = Array.from({ length: 60 }, (_, nth) => firing(`info-${nth}`, now - nth, 'info'))
  const transitions = [...many, firing('warning', now - 1, 'warning'), firing('young', now), firing('old', now - 1)]
  const body = notificationView({ ...envelope, kind: 'digest', transitions }, quickDelivery, owners, undefined)
  expect(body).toMatchObject({
    type: 'stagewatch.alerts.digest.v1',
    data: { process: 'quick-delivery', page: null, count: 63 },
  })
  if (body.type !== 'stagewatch.alerts.digest.v1') throw new Error(body.type)
  expect(body.data.alerts).toHaveLength(50)
  expect(body.data.alerts.slice(0, 4).map(({ id }) => id)).toEqual(['old', 'young', 'warning', 'info-59'])
  expect(notificationSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body)
})
