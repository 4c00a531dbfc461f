import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import { untouched } from '../alerts/overlay.ts'
import { SilenceBook } from '../alerts/silence-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import { loadDefinitions } from '../model/load.ts'
import type { Alert } from '../protocol/alert.ts'
import type { Notification } from '../protocol/notification.ts'
import type { RuleExplanation } from '../protocol/rule-explanation.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { Hushing } from './hushing.ts'
import { type Live, openLive } from './live.ts'

const MINUTE = 60_000
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-hushing-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const source = transition('source', 1_000, 'firing')
const target: AlertTransition = { ...transition('target', 1_000, 'firing'), severity: 'info' }

/** What warns inhibits what informs. */
const hushingOver = (transitions = [target]) =>
  new Hushing({
    silences: new SilenceBook(),
    overlayOf: () => untouched,
    processes: [],
    inhibitRules: [
      {
        sourceMatchers: [parseMatcher('severity="warning"')],
        targetMatchers: [parseMatcher('severity="info"')],
        equal: [],
      },
    ],
    transitions,
    now: () => 2_000,
  })

test('what is on its way into the journal decides who is told, and is shown when it is durable', () => {
  const hushing = hushingOver()
  const stands = () => [hushing.isQuiet(target, instant(2_000)), hushing.marksOf(target).inhibitedBy]
  expect(stands()).toEqual([false, undefined])
  hushing.take([source])
  expect(stands()).toEqual([true, undefined])
  // The alerts that others explain now are told to pages; those of the transitions are told anyway.
  expect(hushing.published([source])).toEqual([target])
  expect(stands()).toEqual([true, 'source'])
  const over = { ...source, state: 'resolved' as const }
  hushing.take([over])
  expect(stands()).toEqual([false, 'source'])
  expect(hushing.published([over])).toEqual([target])
  expect(stands()).toEqual([false, undefined])
  const both = hushingOver([])
  both.take([target, source])
  expect(both.published([target, source])).toEqual([])
  expect(both.marksOf(target).inhibitedBy).toBe('source')
})

test('after a restart it stands as it stood', () => {
  const hushing = hushingOver([source, target])
  expect(hushing.isQuiet(target, instant(2_000))).toBe(true)
  expect(hushing.reasons({ ...target }, target)).toEqual([{ kind: 'inhibited', alert: 'source', rule: 'slow' }])
  expect(hushing.published([{ ...source, state: 'resolved' }])).toEqual([target])
})

function definitions(url: string) {
  const text = `
process: orders
owner: pickers
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts, dimensions: {warehouse: wh}}
activities: [paid, picked, packed, cancelled]
ends: {cancelled: [cancelled]}
pane: 1m
stages:
  picking: {from: paid, to: picked, by: [warehouse]}
  packing: {from: picked, to: packed, by: [warehouse], owner: packers}
rules:
  picking_waits: {stage: picking, by: [warehouse], window: 1h, when: wip >= 1}
  picking_busy: {stage: picking, by: [warehouse], window: 1h, when: wip >= 1, severity: info}
  packing_starved: {stage: packing, by: [warehouse], window: 1h, when: entered == 0}
`
  const inhibit =
    'inhibit: [{source_matchers: [severity=warning], target_matchers: [severity=info], equal: [stage, warehouse]}]'

  const owners = ['pickers', 'packers'].map(
    owner => `${owner}: {title: ${owner}, contact_points: [{webhook: "${url}"}]}\n`,
  )
  const { definitions: found, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: owners.join('') },
    { name: 'notifications.yaml', text: inhibit },
  ])
  if (found === undefined) throw new Error(JSON.stringify(problems))
  return found
}

test('a stage that is starved by one upstream is told when that is over, also after a restart', async () => {
  const receiver = await WebhookReceiver.start()
  const log = new GrowingLog('orders.events')
  const append = (order: string, activity: string, ago: number, wh = 'WH-1') =>
    log.append({ order, activity, wh, ts: new Date(Date.now() - ago).toISOString() })
  const start = async (): Promise<Live> =>
    openLive({
      definitions: definitions(receiver.url),
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
  const get = async <Answer>(live: Live, path: string) =>
    (await (await fetch(`${live.url}/api/v1/${path}`)).json()) as Answer
  const told = () =>
    receiver
      .bodies<Notification>()
      .flatMap(({ type, contactpoint, data }) =>
        ('alerts' in data ? data.alerts : [data.alert]).map(({ rule, segment }) =>
          [type.split('.').at(-2), contactpoint, rule, segment.warehouse].join(' '),
        ),
      )
  const untilShown = (live: Live, rule: string, isSo: (alert: Alert) => boolean) =>
    until(
      () => `${rule}; told: ${JSON.stringify(told())}`,
      30_000,
      async () => {
        const { alerts } = await get<{ alerts: Alert[] }>(live, 'alerts')
        return alerts.find(alert => alert.rule === rule && alert.segment.warehouse === 'WH-1' && isSo(alert))
      },
    )
  const untilTold = (...messages: string[]) =>
    until(
      () => `${JSON.stringify(messages)}; told: ${JSON.stringify(told())}`,
      30_000,
      () => (messages.every(each => told().includes(each)) ? true : undefined),
    )

  for (const wh of ['WH-1', 'WH-2']) {
    append(`past-${wh}`, 'paid', 95 * MINUTE, wh)
    append(`past-${wh}`, 'picked', 90 * MINUTE, wh)
    append(`past-${wh}`, 'packed', 85 * MINUTE, wh)
  }
  append('waits', 'paid', 80 * MINUTE)
  let live = await start()
  try {
    // Nobody holds back what the other warehouse lacks.
    await untilTold('digest pickers/webhook picking_waits WH-1', 'digest packers/webhook packing_starved WH-2')
    const { id } = await untilShown(live, 'picking_waits', ({ state }) => state === 'firing')
    await untilShown(live, 'packing_starved', alert => alert.state === 'firing' && alert.inhibited_by === id)
    await untilShown(live, 'picking_busy', alert => alert.state === 'firing' && alert.inhibited_by === id)
    const segment = encodeURIComponent('{"warehouse":"WH-1"}')
    const why = await get<RuleExplanation>(
      live,
      `processes/orders/rules/packing_starved/explanation?segment=${segment}`,
    )
    expect(why.quiet.map(({ kind, alert }) => [kind, alert])).toEqual([['inhibited', id]])
    await live.stop()

    live = await start()
    await untilShown(live, 'packing_starved', alert => alert.state === 'firing' && alert.inhibited_by === id)
    append('waits', 'cancelled', 0)
    await untilShown(live, 'packing_starved', alert => alert.state === 'firing' && alert.inhibited_by === undefined)
    await untilTold('digest packers/webhook packing_starved WH-1')
    // Contact points are sent to side by side.
    expect(told().sort()).toEqual([
      'digest packers/webhook packing_starved WH-1',
      'digest packers/webhook packing_starved WH-2',
      'digest pickers/webhook picking_waits WH-1',
      'resolved pickers/webhook picking_waits WH-1',
    ])
  } finally {
    await live.stop()
    await receiver.close()
  }
}, 90_000)
