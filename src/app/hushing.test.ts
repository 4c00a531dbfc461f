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
import type { OutboxMessage } from '../journal/outbox.ts'
import type { ToldState } from '../journal/told-states.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import { loadDefinitions } from '../model/load.ts'
import { Notifier } from '../notify/notifier.ts'
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

/** Messages of an alert that fires at these minutes, for two minutes each, then of looks every minute; with a restart at every step. */
function toldOf(minutes: readonly number[], until: number) {
  let now = 0
  let stay = new Map<string, ToldState>()
  const transitions: AlertTransition[] = []
  const said: string[] = []
  const start = () => {
    const hushing = new Hushing({
      silences: new SilenceBook(),
      overlayOf: () => untouched,
      processes: [],
      inhibitRules: [],
      transitions,
      now: () => now,
    })
    const notifier = new Notifier({
      processes: ['orders'],
      destinationsOf: () => [{ contactPoint: 'ops/webhook', grouping: undefined, quietHours: [] }],
      told: [...stay].map(([alert, state]) => ({ alert, state, contactPoint: 'ops/webhook' })),
      ended: transitions.filter(({ state }) => state === 'resolved'),
      hasRoom: () => true,
      isQuiet: (alert, at) => hushing.isQuiet(alert, at),
      holdsEnd: (alert, at) => hushing.holdsEnd(alert, at),
      write: subject =>
        subject.kind === 'alert' ? (hushing.flappingOf(subject.transition, subject.at)?.times ?? null) : 'digest',
    })
    return { hushing, notifier }
  }
  const send = (messages: readonly OutboxMessage[]) => {
    for (const { body, tells } of messages) {
      for (const { alert, state } of tells) {
        said.push([now / MINUTE, state, alert, ...(body === null ? [] : [body])].join(' '))
        if (state === 'resolved') stay.delete(alert)
        else stay = new Map(stay).set(alert, state)
      }
    }
  }
  for (let minute = 0; minute <= until; minute++) {
    now = minute * MINUTE
    const began = minutes.includes(minute) ? minute : minutes.find(each => each === minute - 2)
    if (began !== undefined) {
      const state = began === minute ? 'firing' : 'resolved'
      const step = { ...transition(`e${began}`, now, state), firedAt: instant(began * MINUTE) }
      const { hushing, notifier } = start()
      hushing.take([step])
      send(notifier.messagesOf('orders', [step], instant(now)))
      hushing.published([step])
      transitions.push(step)
    }
    const latest = new Map(transitions.map(each => [each.id, each]))
    const open = [...latest.values()].filter(({ state }) => state === 'firing')
    send(start().notifier.digestsOf('orders', instant(now), () => open, instant(now)))
  }
  return said
}

test('what flaps is told once, and when it is calm how it stands; whenever it is restarted', () => {
  const usual = ['0 firing e0', '2 resolved e0', '10 firing e10', '12 resolved e10', '20 firing e20', '22 resolved e20']
  // It is over.
  expect(toldOf([0, 10, 20, 30, 40, 50], 120)).toEqual([...usual, '30 firing e30 4', '82 resolved e30'])
  // It fires again when it has been calm for long.
  expect(toldOf([0, 10, 20, 30, 40, 200], 202)).toEqual([
    ...usual,
    '30 firing e30 4',
    '72 resolved e30',
    '200 firing e200',
    '202 resolved e200',
  ])
})

test('what flaps and stays open is told when it has not changed for half an hour', () => {
  const last = { ...transition('last', 40 * MINUTE, 'firing'), firedAt: instant(40 * MINUTE) }
  const four = [0, 10, 20, 30].flatMap(minute => [
    { ...transition(`${minute}`, minute * MINUTE, 'firing'), firedAt: instant(minute * MINUTE) },
    { ...transition(`${minute}`, (minute + 2) * MINUTE, 'resolved'), firedAt: instant(minute * MINUTE) },
  ])
  let now = 40 * MINUTE
  const hushing = new Hushing({
    silences: new SilenceBook(),
    overlayOf: () => untouched,
    processes: [],
    inhibitRules: [],
    transitions: [...four, last],
    now: () => now,
  })
  expect(hushing.marksOf(last).flapping).toEqual({ times: 5, since: 0 })
  expect(hushing.reasons(last, last)).toEqual([{ kind: 'flapping', times: 5, since: 0 }])
  expect([hushing.isQuiet(last, instant(now)), hushing.calmed()]).toEqual([true, []])
  now += 30 * MINUTE
  // Pages are told once that it does not flap any more.
  expect([hushing.isQuiet(last, instant(now)), hushing.calmed(), hushing.calmed()]).toEqual([false, [last], []])
  expect(hushing.marksOf(last).flapping).toBe(undefined)
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

/** A receiver, a log, and the program over both. */
async function scene() {
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
        ('alerts' in data ? data.alerts : [data.alert]).map(({ rule, segment, flapping }) =>
          [type.split('.').at(-2), contactpoint, rule, segment.warehouse, flapping?.times ?? ''].join(' ').trim(),
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
  return { start, append, get, told, untilShown, untilTold, end: () => receiver.close() }
}

test('a stage that is starved by one upstream is told when that is over, also after a restart', async () => {
  const { start, append, get, told, untilShown, untilTold, end } = await scene()
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
    await end()
  }
}, 90_000)

test('an alert that flaps is told once, while it is shown as it is, also after a restart', async () => {
  const { start, append, told, untilShown, untilTold, end } = await scene()
  const isSo = (state: string, times: number) => (alert: Alert) =>
    alert.state === state && alert.flapping?.times === times
  for (const minute of [50, 40, 25]) {
    append(`past-${minute}`, 'paid', minute * MINUTE)
    append(`past-${minute}`, 'cancelled', (minute - 2) * MINUTE)
  }
  let live = await start()
  try {
    const tell = async (warehouse: string) => {
      append(warehouse, 'paid', 0, warehouse)
      await untilTold(`firing pickers/webhook picking_waits ${warehouse}`)
    }
    await tell('WH-3')
    append('fourth', 'paid', 0)
    await untilTold('firing pickers/webhook picking_waits WH-1 4')
    append('fourth', 'cancelled', 0)
    await untilShown(live, 'picking_waits', isSo('resolved', 4))
    append('fifth', 'paid', 0)
    await untilShown(live, 'picking_waits', isSo('firing', 5))
    // What would have been told before is told by then.
    await tell('WH-4')
    await live.stop()

    live = await start()
    append('fifth', 'cancelled', 0)
    await untilShown(live, 'picking_waits', isSo('resolved', 5))
    await tell('WH-5')
    expect(told()).toEqual(
      ['WH-3', 'WH-1 4', 'WH-4', 'WH-5'].map(each => `firing pickers/webhook picking_waits ${each}`),
    )
  } finally {
    await live.stop()
    await end()
  }
}, 90_000)
