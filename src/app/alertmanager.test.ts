import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { alertOf, owners, quickDelivery } from '../../test/browser/quick-delivery.ts'
import { httpToLoopback } from '../../test/support/notify/http-options.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { until } from '../../test/support/until.ts'
import type { AlertPhase } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { AlertmanagerPush } from '../notify/alertmanager/push.ts'
import { openAlertmanagerPush, ToldAlerts } from './alertmanager.ts'
import { defaultNotify, loopback } from './config/notify.ts'

const MINUTE = 60_000
/** Finds what hangs. */
const WITHIN_MS = 60_000
const now = instant(Date.UTC(2026, 10, 23, 7))

let receivers: WebhookReceiver[]
let engine: PlainEngine

beforeEach(async () => {
  receivers = [await WebhookReceiver.start(), await WebhookReceiver.start()]
  engine = new PlainEngine([quickDelivery])
})

afterEach(async () => {
  for (const receiver of receivers) await receiver.close()
})

const announce = (id: string, state: AlertPhase, at = now, warehouse = 'WH-2') =>
  engine.announce(
    alertOf({
      id,
      rule: 'picking_slow',
      segment: { warehouse },
      state,
      from: 'pending',
      at,
      since: instant(at - MINUTE),
      value: 400_000,
    }),
  )

const toldAt = (told: ToldAlerts, at = now) =>
  told.at(at).map(({ transition: { id, state }, endsAt }) => [id, state, endsAt - at])

test('what fires, recovers or lacks data is told with an end in four minutes, what is over for five minutes', () => {
  const states = ['pending', 'inactive', 'firing', 'recovering', 'no_data', 'resolved'] as const
  for (const state of states) announce(state, state, now, `WH-${state}`)
  const told = new ToldAlerts(engine)
  expect(toldAt(told)).toEqual([
    ['firing', 'firing', 4 * MINUTE],
    ['recovering', 'recovering', 4 * MINUTE],
    ['no_data', 'no_data', 4 * MINUTE],
    ['resolved', 'resolved', 0],
  ])
  expect(toldAt(told, instant(now + 5 * MINUTE)).at(-1)).toEqual(['resolved', 'resolved', -5 * MINUTE])
  expect(toldAt(told, instant(now + 5 * MINUTE + 1)).map(([id]) => id)).not.toContain('resolved')
})

test('of several episodes of one rule and segment the last is told, since their labels are the same', () => {
  announce('first', 'resolved', instant(now - 2 * MINUTE))
  announce('second', 'firing')
  announce('elsewhere', 'firing', now, 'WH-3')
  expect(toldAt(new ToldAlerts(engine)).map(([id]) => id)).toEqual(['second', 'elsewhere'])
})

test('while a process catches up nothing new is told, and what was told goes on to be', () => {
  const told = new ToldAlerts(engine)
  announce('before', 'firing')
  expect(toldAt(told)).toHaveLength(1)
  engine.evaluate({ ...engine.status('quick-delivery'), catchingUp: true }, [])
  announce('past', 'firing', now, 'WH-3')
  expect(toldAt(told).map(([id]) => id)).toEqual(['before'])
  engine.evaluate({ ...engine.status('quick-delivery'), catchingUp: false }, [])
  expect(toldAt(told).map(([id]) => id)).toEqual(['before', 'past'])
})

type Posted = readonly { readonly labels: Record<string, string>; readonly startsAt: string; readonly endsAt: string }[]

const postedTo = (receiver: WebhookReceiver) =>
  receiver.received.map(({ path, body }) => [path, (JSON.parse(body) as Posted).map(({ labels }) => labels.warehouse)])

test('every member is told at once of what changes, in its own time', async () => {
  const members = receivers.map(({ url }) => new URL(url.replace('/hook', '/am/')))
  const push = openAlertmanagerPush({
    view: engine,
    owners,
    config: {
      ...defaultNotify,
      allow: loopback,
      page: 'https://stagewatch.example',
      alertmanager: { members, language: 'zh' },
    },
    version: '1',
    logger: pino({ level: 'silent' }),
  })
  const at = instant(Date.now())
  announce('a', 'firing', at)
  const toldOf = (count: number) =>
    until(
      () => `${count} alerts told, not ${JSON.stringify(receivers.map(postedTo))}`,
      WITHIN_MS,
      () => (receivers.every(receiver => postedTo(receiver).at(-1)?.[1]?.length === count) ? true : undefined),
    )
  await toldOf(1)
  announce('b', 'firing', at, 'WH-3')
  await toldOf(2)
  expect(receivers.map(({ received }) => received[0]?.path)).toEqual(['/am/api/v2/alerts', '/am/api/v2/alerts'])
  const [posted] = JSON.parse(receivers[0]?.received[0]?.body ?? '[]') as Posted
  expect(posted).toMatchObject({
    labels: {
      alertname: 'picking_slow',
      process: 'quick-delivery',
      severity: 'critical',
      owner: 'warehouse',
      warehouse: 'WH-2',
    },
    annotations: { summary: 'WH-2 拣货变慢', state: 'firing' },
    generatorURL: 'https://stagewatch.example/?lang=zh&process=quick-delivery&alert=a',
  })
  expect(Date.parse(posted?.endsAt ?? '')).toBeGreaterThan(Date.now() + 3 * MINUTE)
  expect(push?.health()).toMatchObject([{ problem: undefined }, { problem: undefined }])
  await push?.stop()
  expect(engine.listeners).toBe(0)
})

test('it is told again and again; a member that is away is told of once, and told everything when it is back', async () => {
  const [first, second] = receivers as [WebhookReceiver, WebhookReceiver]
  const said: { msg: string; member: string }[] = []
  const push = new AlertmanagerPush({
    ...httpToLoopback,
    members: [first, second].map(({ url }) => new URL(url)),
    alertsAt: () => ['an alert'],
    logger: pino({ level: 'info' }, { write: line => void said.push(JSON.parse(line)) }),
    everyMs: 10,
  })
  const untilMore = (receiver: WebhookReceiver) => {
    const before = receiver.received.length
    return until('three more pushes', WITHIN_MS, () => (receiver.received.length >= before + 3 ? true : undefined))
  }
  await untilMore(second)
  first.answer = () => 503
  await untilMore(first)
  await untilMore(second)
  expect(push.health()).toMatchObject([{ problem: 'HTTP 503' }, { problem: undefined }])
  first.answer = () => 200
  await until('all is well again', WITHIN_MS, () => (push.health()[0]?.problem === undefined ? true : undefined))
  expect(said.map(({ msg, member }) => [msg, member])).toEqual([
    ['an Alertmanager is not told of alerts', `127.0.0.1:${first.port}`],
    ['an Alertmanager is told of alerts again', `127.0.0.1:${first.port}`],
  ])
  await push.stop()
  const { length } = second.received
  push.soon()
  expect(second.received).toHaveLength(length)
})

test('where there is nothing to tell nothing is sent', async () => {
  const [receiver] = receivers as [WebhookReceiver]
  let alerts: string[] = []
  const asked: number[] = []
  const push = new AlertmanagerPush({
    ...httpToLoopback,
    members: [new URL(receiver.url)],
    alertsAt: at => {
      asked.push(at)
      return alerts
    },
    logger: pino({ level: 'silent' }),
    everyMs: 5,
  })
  await until('it has looked', WITHIN_MS, () => (asked.length > 3 ? true : undefined))
  expect(receiver.received).toEqual([])
  alerts = ['one']
  await until('it is told', WITHIN_MS, () => (receiver.received.length > 0 ? true : undefined))
  await push.stop()
})
