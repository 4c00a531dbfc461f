import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../test/support/kafka/broker.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import { loadDefinitions } from '../model/load.ts'
import { type Notification, notificationSchema } from '../protocol/notification.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { type Live, openLive } from './live.ts'

const MINUTE = 60_000
/** Finds what hangs. */
const WITHIN_MS = 80_000

let directory: string
let receiver: WebhookReceiver
let lives: Live[]
let log: GrowingLog

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-notification-groups-'))
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
activities: [paid, picked]
pane: 1m
stages:
  picking: {from: paid, to: picked, by: [warehouse]}
rules:
  picking_waits: {stage: picking, by: [warehouse], window: 1h, when: wip >= 1, summary: "{{ warehouse }} waits"}
`

async function start(route: string): Promise<Live> {
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text: processText },
    { name: 'owners.yaml', text: `pickers: {title: Pickers, contact_points: [{webhook: "${receiver.url}"}]}` },
    { name: 'notifications.yaml', text: `route: ${route}` },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  const live = await openLive({
    definitions,
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

async function untilTold(live: Live, count: number): Promise<void> {
  const look = () => (told().length >= count ? true : undefined)
  const what = () => `${count} messages; there are: ${JSON.stringify(told())}`
  await Promise.race([live.failed, until(what, WITHIN_MS, async () => look())])
}

/** What was received, each message once. */
const told = () =>
  receiver.bodies<Notification>().map(body => {
    const { type, data } = notificationSchema.parse(body)
    if (type !== 'stagewatch.alerts.group.v1') return type
    return data.alerts.map(({ segment, state }) => `${segment.warehouse} ${state}`)
  })

const event = (order: string, activity: string, at: number) => ({
  order,
  activity,
  ts: new Date(at).toISOString(),
  wh: order,
})

const alertsOf = async (live: Live) =>
  ((await (await fetch(`${live.url}/api/v1/alerts`)).json()) as { alerts: { state: string }[] }).alerts

test('alerts of one route are told together, also across a start in between, and a message tells what has changed', async () => {
  const now = Date.now()
  log.append(event('WH-1', 'paid', now - 2 * MINUTE), event('WH-2', 'paid', now - 2 * MINUTE))
  const first = await start('{group_wait: 1h, repeat_interval: 30d}')
  await until('two alerts', WITHIN_MS, async () => ((await alertsOf(first)).length === 2 ? true : undefined))
  await stop(first)
  expect(told()).toEqual([])

  const second = await start('{group_wait: 0s, group_interval: 1s, repeat_interval: 30d}')
  await untilTold(second, 1)
  expect(told()).toEqual([['WH-1 firing', 'WH-2 firing']])
  await stop(second)

  const third = await start('{group_wait: 0s, group_interval: 1s, repeat_interval: 30d}')
  log.append(event('WH-1', 'picked', Date.now()))
  await untilTold(third, 2)
  expect(told().slice(1)).toEqual([['WH-2 firing', 'WH-1 resolved']])
})
