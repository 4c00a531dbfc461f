import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../test/support/kafka/broker.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import { instant } from '../event/instant.ts'
import { loadDefinitions } from '../model/load.ts'
import { type Notification, notificationSchema } from '../protocol/notification.ts'
import { openStore } from '../store/store.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { type Live, openLive } from './live.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Finds what hangs. */
const WITHIN_MS = 80_000

let directory: string
let receiver: WebhookReceiver
let lives: Live[]
let log: GrowingLog

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-notifications-'))
  receiver = await WebhookReceiver.start()
  lives = []
  log = new GrowingLog('orders.events')
})

afterEach(async () => {
  for (const live of lives) await live.stop()
  await receiver.close()
  rmSync(directory, { recursive: true })
})

const processText = `
process: orders
owner: pickers
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts, dimensions: {warehouse: wh}}
activities: [paid, picked, packed]
pane: 1m
stages:
  picking: {from: paid, to: picked, by: [warehouse]}
  packing: {from: picked, to: packed, owner: packers}
rules:
  picking_waits: {stage: picking, by: [warehouse], window: 1h, when: wip >= 1, summary: "{{ warehouse }} waits"}
  packing_waits: {stage: packing, window: 1h, when: wip >= 1, severity: critical}
`

function definitions(haveContactPoints = true) {
  const contactPoints = haveContactPoints ? `[{webhook: "${receiver.url}"}]` : '[]'
  const ownersText = ['pickers', 'packers']
    .map(owner => `${owner}: {title: ${owner}, contact_points: ${contactPoints}}\n`)
    .join('')
  const loaded = loadDefinitions([
    { name: 'orders.yaml', text: processText },
    { name: 'owners.yaml', text: ownersText },
  ])
  if (loaded.definitions === undefined) throw new Error(JSON.stringify(loaded.problems))
  return loaded.definitions
}

async function start(watched = definitions()): Promise<Live> {
  const live = await openLive({
    definitions: watched,
    data: join(directory, 'data'),
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    notify: { ...defaultNotify, allow: loopback },
    saveEveryMs: 1_000,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () => log.open(),
  })
  lives.push(live)
  return live
}

const stop = async (live: Live): Promise<void> => {
  lives = lives.filter(other => other !== live)
  await live.stop()
}

async function untilSo(live: Live, what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const look = async () => ((await isSo()) ? true : undefined)
  await Promise.race([live.failed, until(() => `${what}; messages: ${JSON.stringify(told())}`, WITHIN_MS, look)])
}

const event = (order: string, activity: string, at: number, wh: string) => ({
  order,
  activity,
  ts: new Date(at).toISOString(),
  wh,
})

/** What was received, each message once: whom it told what. */
function told() {
  const messages = receiver.bodies<Notification>().map(body => notificationSchema.parse(body))
  return messages.map(({ type, data, contactpoint: contactPoint }) => ({
    contactPoint,
    type,
    alerts: ('alerts' in data ? data.alerts : [data.alert]).map(({ rule, segment }) => [
      rule,
      ...Object.values(segment),
    ]),
  }))
}

const alertsOf = async (live: Live) =>
  (
    (await (await fetch(`${live.url}/api/v1/alerts`)).json()) as {
      alerts: { id: string; rule: string; state: string }[]
    }
  ).alerts

const byContactPoint = (left: { contactPoint: string }, right: { contactPoint: string }) =>
  left.contactPoint < right.contactPoint ? -1 : 1

/** 30 days in which picking and packing stopped 200 times each, and three orders that wait now. */
function appendHistory(now: number): void {
  const begin = now - 30 * DAY
  for (let nth = 0; nth < 200; nth++) {
    const paid = begin + nth * 3.5 * HOUR
    log.append(
      event(`past-${nth}`, 'paid', paid, 'WH-1'),
      event(`past-${nth}`, 'picked', paid + HOUR, 'WH-1'),
      event(`past-${nth}`, 'packed', paid + 90 * MINUTE, 'WH-1'),
    )
  }
  log.append(
    event('open-1', 'paid', now - 120 * MINUTE, 'WH-1'),
    event('open-2', 'paid', now - 119 * MINUTE, 'WH-2'),
    event('open-3', 'paid', now - 118 * MINUTE, 'WH-2'),
    event('open-3', 'picked', now - 117 * MINUTE, 'WH-2'),
  )
}

const digests = [
  { contactPoint: 'packers/webhook', type: 'stagewatch.alerts.digest.v1', alerts: [['packing_waits']] },
  {
    contactPoint: 'pickers/webhook',
    type: 'stagewatch.alerts.digest.v1',
    alerts: [
      ['picking_waits', 'WH-1'],
      ['picking_waits', 'WH-2'],
    ],
  },
]

test('a first start on 30 days of history with 400 episodes tells one digest to each owner, and then what happens', async () => {
  appendHistory(Date.now())
  const live = await start()
  await untilSo(live, 'the digests', () => told().length === 2)
  expect(told().sort(byContactPoint)).toEqual(digests)

  log.append(event('open-2', 'picked', Date.now(), 'WH-2'))
  await untilSo(live, 'the end of an alert', () => told().length > 2)
  expect(told().slice(2)).toEqual([
    { contactPoint: 'pickers/webhook', type: 'stagewatch.alert.resolved.v1', alerts: [['picking_waits', 'WH-2']] },
  ])
  await stop(live)

  const store = await openStore({ kind: 'embedded', path: join(directory, 'data', 'clickhouse') })
  const transitions = await store.transitions('orders', instant(0), 10_000)
  await store.close()
  expect(transitions.filter(({ state }) => state === 'firing')).toHaveLength(403)
})

test('a start that ends while history is read leaves what is open to the next one, which tells it once', async () => {
  const now = Date.now()
  appendHistory(now)
  log.readableTo = 602
  const first = await start()
  await untilSo(first, 'an alert that will still be open', async () =>
    (await alertsOf(first)).some(({ rule, state }) => rule === 'picking_waits' && state === 'firing'),
  )
  await stop(first)
  expect(receiver.received).toEqual([])

  log.readableTo = Infinity
  const second = await start()
  await untilSo(second, 'the digests', () => told().length === 2)
  expect(told().sort(byContactPoint)).toEqual(digests)
  await stop(second)

  // It has nothing to say of what was said, and goes on with what is new.
  const third = await start()
  log.append(event('new', 'paid', Date.now(), 'WH-3'))
  await untilSo(third, 'a new alert', () => told().length > 2)
  expect(told().slice(2)).toEqual([
    { contactPoint: 'pickers/webhook', type: 'stagewatch.alert.firing.v1', alerts: [['picking_waits', 'WH-3']] },
  ])
})

test('what a receiver could not take is sent by the next start, and the list says how it stands', async () => {
  receiver.answer = () => 503
  const now = Date.now()
  log.append(event('a', 'paid', now - 5_000, 'WH-1'))
  const first = await start()
  await untilSo(first, 'an attempt', () => receiver.received.length > 0)
  const list = await (await fetch(`${first.url}/api/v1/notifications`)).json()
  expect(list).toMatchObject({
    queued_count: 1,
    queued: [{ contact_point: 'pickers/webhook', tells: [{ state: 'firing' }] }],
    dead_count: 0,
  })
  const metrics = await (await fetch(`${first.url}/metrics`)).text()
  expect(metrics).toContain('stagewatch_notifications_queued{channel="webhook"} 1\n')
  await stop(first)
  const [refused] = receiver.received

  receiver.answer = () => 204
  const second = await start()
  await untilSo(second, 'the message', () => told().length === 1)
  await untilSo(second, 'its settlement', async () => {
    const { queued_count } = (await (await fetch(`${second.url}/api/v1/notifications`)).json()) as {
      queued_count: number
    }
    return queued_count === 0
  })
  expect(told()).toEqual([
    { contactPoint: 'pickers/webhook', type: 'stagewatch.alert.firing.v1', alerts: [['picking_waits', 'WH-1']] },
  ])
  expect(receiver.acknowledged.map(({ id, body }) => [id, body])).toEqual([[refused?.id, refused?.body]])
  await stop(second)

  const third = await start()
  log.append(event('a', 'picked', Date.now(), 'WH-1'))
  await untilSo(third, 'the end', () => told().some(({ type }) => type === 'stagewatch.alert.resolved.v1'))
  expect(receiver.acknowledged.filter(({ id }) => id === refused?.id)).toHaveLength(1)
})

test('who comes while an alert is snoozed is told of it when the snooze ends, also after a restart', async () => {
  const snooze = (live: Live, id: string, until: string | null) =>
    fetch(`${live.url}/api/v1/alerts/${id}/snooze`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'ana', until }),
    })
  log.append(event('a', 'paid', Date.now() - 5_000, 'WH-1'))
  const first = await start(definitions(false))
  await untilSo(first, 'the alert', async () => (await alertsOf(first)).length === 1)
  const [alert] = await alertsOf(first)
  const id = alert?.id ?? ''
  expect((await snooze(first, id, new Date(Date.now() + HOUR).toISOString())).status).toBe(200)
  await stop(first)

  const second = await start()
  const evaluatedAt = async () => {
    const status = (await (await fetch(`${second.url}/api/v1/status`)).json()) as {
      processes: { evaluated_at: string | null; catching_up: boolean }[]
    }
    const [process] = status.processes
    return process?.catching_up === false ? (process.evaluated_at ?? undefined) : undefined
  }
  const began = new Date().toISOString()
  await untilSo(second, 'an evaluation', async () => ((await evaluatedAt()) ?? '') > began)
  const evaluated = (await evaluatedAt()) ?? ''
  // What one evaluation has told is on its way by the next.
  await untilSo(second, 'the next evaluation', async () => ((await evaluatedAt()) ?? '') > evaluated)
  expect(await (await fetch(`${second.url}/api/v1/notifications`)).json()).toMatchObject({
    queued_count: 0,
    held_back: ['orders'],
  })
  expect(receiver.received).toEqual([])

  expect((await snooze(second, id, null)).status).toBe(200)
  await untilSo(second, 'the digest', () => told().length > 0)
  expect(told()).toEqual([
    { contactPoint: 'pickers/webhook', type: 'stagewatch.alerts.digest.v1', alerts: [['picking_waits', 'WH-1']] },
  ])
})

test('an alert that nobody takes goes further, also over a restart, and one that somebody takes does not', async () => {
  const ownersText = `pickers:
  title: pickers
  contact_points: [{webhook: "${receiver.url}"}]
  escalation: [{after: 2s, to: packers}]
packers: {title: packers, contact_points: [{webhook: "${receiver.url}"}]}
`
  const { definitions: watched } = loadDefinitions([
    { name: 'orders.yaml', text: processText },
    { name: 'owners.yaml', text: ownersText },
  ])
  const now = Date.now()
  log.append(event('A', 'paid', now - 2_000, 'WH-1'), event('B', 'paid', now - 2_000, 'WH-2'))
  let live = await start(watched)
  await untilSo(live, 'both are told', () => told().length === 2)
  const of = (warehouse: string) =>
    receiver
      .bodies<Notification>()
      .flatMap(({ data }) => ('alert' in data && data.alert.segment.warehouse === warehouse ? [data.alert.id] : []))[0]
  const acknowledged = await fetch(`${live.url}/api/v1/alerts/${of('WH-2')}/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"by":"ana"}',
  })
  expect(acknowledged.status).toBe(200)
  await stop(live)
  live = await start(watched)
  await untilSo(live, 'the step is taken', () => told().length === 3)
  log.append(event('A', 'picked', Date.now(), 'WH-1'), event('B', 'picked', Date.now(), 'WH-2'))
  const said = () =>
    receiver.bodies<Notification>().flatMap(({ type, contactpoint, data }) => {
      const waited = 'escalated_after_ms' in data ? data.escalated_after_ms : undefined
      if (!('alert' in data) || data.alert.rule !== 'picking_waits') return []
      return [[contactpoint, data.alert.segment.warehouse, type.split('.')[2], waited]]
    })
  await untilSo(live, 'all are told the end', () => said().length === 6)
  expect(said().slice(2, 3)).toEqual([['packers/webhook', 'WH-1', 'firing', 2_000]])
  expect(said().slice(3).sort()).toEqual([
    ['packers/webhook', 'WH-1', 'resolved', undefined],
    ['pickers/webhook', 'WH-1', 'resolved', undefined],
    ['pickers/webhook', 'WH-2', 'resolved', undefined],
  ])
})
