import type { AlertTransition } from '../../../src/alerts/transition.ts'
import { instant } from '../../../src/event/instant.ts'
import type { Json } from '../../../src/event/json.ts'
import type { OutboxMessage } from '../../../src/journal/outbox.ts'
import { type Notification, notificationSchema } from '../../../src/protocol/notification.ts'
import { notificationView } from '../../../src/protocol/notification-view.ts'
import type { OpenCases } from '../../../src/rules/open-cases.ts'
import { alertOf, owners, quickDelivery } from '../../browser/quick-delivery.ts'

export const toldAt = instant(Date.UTC(2026, 10, 23, 7, 0, 0))

export const PAGE = 'https://stagewatch.example'

type Told = {
  readonly id: string
  readonly state?: 'firing' | 'no_data' | 'resolved'
  readonly rule?: 'picking_slow' | 'delivery_late'
  readonly severity?: AlertTransition['severity']
  readonly segment?: Readonly<Record<string, string>>
  readonly openCases?: OpenCases
}

function transitionOf(told: Told): AlertTransition {
  const { id, state = 'firing', rule = 'picking_slow', severity, segment, openCases } = told
  const usual = rule === 'picking_slow' ? { warehouse: 'WH-2' } : { carrier: 'Swift' }
  const transition = alertOf({
    id,
    rule,
    segment: segment ?? usual,
    state,
    from: 'pending',
    at: toldAt,
    since: instant(toldAt - 400_000),
    value: rule === 'picking_slow' ? 400_000 : 0.62,
  })
  return {
    ...transition,
    ...(severity && { severity }),
    ...(openCases && { explanation: { ...transition.explanation, openCases } }),
  }
}

/** A message on one alert of quick delivery, as the outbox keeps it; its id is `m-` and the alert's. */
export function notificationOn(told: Told, page: string | undefined = PAGE): Notification {
  const subject = { id: `m-${told.id}`, contactPoint: 'warehouse-ops/x', at: toldAt, process: 'quick-delivery' }
  const { state = 'firing' } = told
  const view = notificationView(
    { ...subject, kind: 'alert', state, transition: transitionOf(told) },
    quickDelivery,
    owners,
    page,
  )
  return notificationSchema.parse(JSON.parse(JSON.stringify(view)))
}

/** A digest of several. */
export function digestOn(told: readonly Told[]): Notification {
  const subject = { id: 'm-digest', contactPoint: 'warehouse-ops/x', at: toldAt, process: 'quick-delivery' }
  const transitions = told.map(transitionOf)
  const view = notificationView({ ...subject, kind: 'digest', transitions }, quickDelivery, owners, PAGE)
  return notificationSchema.parse(JSON.parse(JSON.stringify(view)))
}

/** Alerts that are told together. @param changed ids of those that the contact point knows otherwise. */
export function groupOn(told: readonly Told[], changed: readonly string[], count = told.length): Notification {
  const subject = { id: 'm-group', contactPoint: 'warehouse-ops/x', at: toldAt, process: 'quick-delivery' }
  const group = { key: '{}:{process="quick-delivery"}', labels: { process: 'quick-delivery' } }
  const transitions = told.map(transitionOf)
  const view = notificationView(
    { ...subject, kind: 'group', group, count, transitions, changed },
    quickDelivery,
    owners,
    PAGE,
  )
  return notificationSchema.parse(JSON.parse(JSON.stringify(view)))
}

export function messageOn(told: Told, contactPoint: string, at: number): OutboxMessage {
  const body = notificationOn(told)
  const tells = [{ alert: told.id, state: told.state ?? 'firing' }]
  return { id: body.id, contactPoint, tells, body: body as unknown as Json, at: instant(at) }
}
