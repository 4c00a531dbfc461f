import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { messageOn } from '../../test/support/notify/notifications.ts'
import { VirtualClock } from '../../test/support/notify/virtual-clock.ts'
import { type Answer, WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { OutboxMessage, Settlement } from '../journal/outbox.ts'
import { Delivery } from '../notify/delivery.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import type { ResolvedContactPoint } from './contact-points.ts'
import { receiversOf, urgencyOf } from './receivers.ts'

const MINUTE = 60_000
const BEGIN = Date.UTC(2026, 10, 23, 7)

let server: WebhookReceiver
let clock: VirtualClock
let delivery: Delivery
let settled: Settlement[]
let errors: { msg: string; contactPoint?: string }[]

beforeEach(async () => {
  server = await WebhookReceiver.start()
  clock = new VirtualClock(BEGIN)
  settled = []
  errors = []
})

afterEach(async () => {
  await delivery.stop(0)
  await server.close()
})

const common = { language: 'en', perMinute: undefined } as const

const bot = (kind: 'dingtalk' | 'feishu'): ResolvedContactPoint => ({
  ...common,
  kind,
  url: new URL(server.url),
  secret: undefined,
})

const takes: Answer = { status: 200, body: '{"code":0,"errcode":0}' }

/** What was sent when, by the clock of the test. */
function open(
  contactPoints: Readonly<Record<string, ResolvedContactPoint>>,
  answer: (nth: number) => Answer = () => takes,
  before: readonly Settlement[] = [],
) {
  const requests: { readonly at: number; readonly body: string }[] = []
  server.answer = ({ body }, nth) => {
    requests.push({ at: clock.now() - BEGIN, body })
    return answer(nth)
  }
  const receivers = receiversOf(new Map(Object.entries(contactPoints)), { ...defaultNotify, allow: loopback }, 'x')
  delivery = new Delivery({
    receivers: new Map([...receivers].map(([name, receiver]) => [name, clock.watching(receiver)])),
    urgencyOf,
    settled: before,
    settle: async settlement => void settled.push(settlement),
    fail: error => {
      throw error
    },
    giveUpAfterMs: durationMs(24 * 60 * MINUTE),
    atOnce: 4,
    now: clock.now,
    wait: clock.wait,
    random: () => 0.5,
    logger: pino({ level: 'error' }, { write: line => void errors.push(JSON.parse(line)) }),
  })
  return requests
}

const several = (count: number, contactPoint: string, severity: 'info' | 'critical' = 'info'): OutboxMessage[] =>
  Array.from({ length: count }, (_, nth) => messageOn({ id: `${severity}-${nth}`, severity }, contactPoint, BEGIN))

const allSettled = (count: number) => clock.until(() => settled.length >= count)

/** The most requests in any span of that length. */
const mostWithin = (requests: readonly { readonly at: number }[], spanMs: number): number =>
  Math.max(...requests.map(({ at }) => requests.filter(other => other.at >= at && other.at < at + spanMs).length))

test('a storm of two hundred alerts is some messages and one that tells the rest, below the limit of the bot', async () => {
  const requests = open({ 'ops/dingtalk': bot('dingtalk') })
  delivery.add(several(200, 'ops/dingtalk'))
  await allSettled(200)
  expect(settled.map(({ outcome }) => outcome)).toEqual(Array(200).fill('delivered'))
  expect(new Set(settled.map(({ id }) => id)).size).toBe(200)
  // Those that were under way when the storm had not come yet, and the rest.
  expect(requests).toHaveLength(5)
  expect(requests.at(-1)?.body).toContain('(and 195 more)')
  expect(clock.now()).toBe(BEGIN)
})

test('what fits into a minute is told one by one, and never more than the bot takes in any minute', async () => {
  const requests = open({ 'ops/dingtalk': bot('dingtalk') })
  const waves = 6
  for (let wave = 0; wave < waves; wave++) {
    clock.after(wave * 40_000, async () => {
      delivery.add(several(10, 'ops/dingtalk').map(message => ({ ...message, id: `${wave}-${message.id}` })))
    })
  }
  await allSettled(waves * 10)
  expect(requests).toHaveLength(waves * 10)
  expect(mostWithin(requests, MINUTE)).toBe(18)
})

test('what was sent before a restart counts', async () => {
  const before = Array.from(
    { length: 17 },
    (_, nth): Settlement => ({ id: `${nth}`, at: instant(BEGIN - 10_000), attempts: 1, outcome: 'delivered' }),
  )
  const requests = open({ 'ops/dingtalk': bot('dingtalk') }, undefined, before)
  delivery.add(several(2, 'ops/dingtalk'))
  await allSettled(2)
  expect(requests.map(({ at }) => at)).toEqual([0, 50_000])
})

test('Feishu gets no more than it takes in a second either', async () => {
  const requests = open({ 'ops/feishu': bot('feishu') })
  delivery.add(several(80, 'ops/feishu'))
  await allSettled(80)
  expect(requests).toHaveLength(80)
  expect(mostWithin(requests, 1_000)).toBe(4)
  expect(mostWithin(requests, MINUTE)).toBeLessThanOrEqual(90)
})

test('what is critical goes first, one by one as long as it fits in, however much there is of the rest', async () => {
  const requests = open({ 'ops/dingtalk': bot('dingtalk') })
  delivery.add([...several(100, 'ops/dingtalk'), ...several(5, 'ops/dingtalk', 'critical')])
  await allSettled(105)
  const firsts = requests.map(({ body }) => /Critical · Firing|\(and \d+ more\)/.exec(body)?.[0] ?? 'one')
  // Four of the first ones were under way when the critical ones came.
  expect(firsts).toEqual(['one', 'one', 'one', 'one', ...Array(5).fill('Critical · Firing'), '(and 95 more)'])
})

test('contact points with one address share what it takes; a group of one of them is told there', async () => {
  const requests = open({ 'ops/dingtalk': bot('dingtalk'), 'night/dingtalk': bot('dingtalk') })
  const toBoth = [
    ...several(30, 'ops/dingtalk'),
    ...several(30, 'night/dingtalk').map(m => ({ ...m, id: `n-${m.id}` })),
  ]
  delivery.add(toBoth)
  await allSettled(60)
  expect(mostWithin(requests, MINUTE)).toBeLessThanOrEqual(18)
  const told = requests.map(({ body }) => Number(/and (\d+) more/.exec(body)?.[1] ?? 0) + 1)
  expect(told.reduce((sum, count) => sum + count)).toBe(60)
})

test('of contact points with one address none waits for all of another', async () => {
  const webhook = { ...common, perMinute: 1, kind: 'webhook', url: new URL(server.url), key: undefined } as const
  const cloudEvents = { ...webhook, format: 'cloudevents' } as const
  const requests = open({ 'ops/webhook': cloudEvents, 'night/webhook': cloudEvents }, () => 204)
  const later = (nth: number, contactPoint: string): OutboxMessage => ({
    ...messageOn({ id: `${contactPoint} ${nth}` }, contactPoint, BEGIN + nth),
    id: `${contactPoint} ${nth}`,
  })
  for (const contactPoint of ['ops/webhook', 'night/webhook'])
    delivery.add([0, 1, 2].map(nth => later(nth, contactPoint)))
  await allSettled(6)
  expect(requests).toHaveLength(6)
  const order = settled.map(({ id }) => id)
  expect(order).toEqual([0, 1, 2].flatMap(nth => [`ops/webhook ${nth}`, `night/webhook ${nth}`]))
})

test('programs get each message, one after the other, in the order of each alert', async () => {
  const webhook = { ...common, perMinute: 20, kind: 'webhook', url: new URL(server.url), key: undefined } as const
  const requests = open({ 'ops/webhook': { ...webhook, format: 'cloudevents' } }, () => 204)
  const firing = several(50, 'ops/webhook')
  const resolved = firing.map((_, nth) => ({
    ...messageOn({ id: `info-${nth}`, severity: 'info', state: 'resolved' }, 'ops/webhook', BEGIN),
    id: `over-${nth}`,
  }))
  delivery.add([...firing, ...resolved])
  await allSettled(100)
  expect(requests).toHaveLength(100)
  expect(mostWithin(requests, MINUTE)).toBe(20)
  for (let nth = 0; nth < 50; nth++) {
    const states = requests
      .map(({ body }) => (JSON.parse(body) as { data: { alert: { id: string; state: string } } }).data.alert)
      .flatMap(({ id, state }) => (id === `info-${nth}` ? [state] : []))
    expect(states).toEqual(['firing', 'resolved'])
  }
})

test('a bot that is blocked for ten minutes is left alone for them, then told what has come', async () => {
  const requests = open({ 'ops/dingtalk': bot('dingtalk') }, nth =>
    nth === 1 ? { status: 200, body: '{"errcode":130101,"errmsg":"send too fast"}' } : takes,
  )
  delivery.add(several(1, 'ops/dingtalk'))
  clock.after(MINUTE, async () => delivery.add(several(40, 'ops/dingtalk').slice(1)))
  await allSettled(40)
  expect(requests[0]?.at).toBe(0)
  expect(requests.slice(1).every(({ at }) => at >= 10 * MINUTE)).toBe(true)
  expect(requests.length).toBeLessThan(10)
  expect(settled).toHaveLength(40)
})

test('a message that tells several and is refused is taken apart: one of them may be to blame', async () => {
  const refuses = ({ body }: { body: string }) => /more\)/.test(body) || body.includes('info-7.')
  const requests = open({ 'ops/dingtalk': bot('dingtalk') })
  server.answer = request => {
    requests.push({ at: clock.now() - BEGIN, body: request.body })
    return refuses(request) ? { status: 200, body: '{"errcode":430101,"errmsg":"sensitive"}' } : takes
  }
  const messages = several(60, 'ops/dingtalk').map((message, nth) => {
    const text = JSON.stringify(message.body).replaceAll('Picking in', `info-${nth}. in`)
    return { ...message, body: JSON.parse(text) as OutboxMessage['body'] }
  })
  delivery.add(messages)
  await allSettled(60)
  const dead = settled.flatMap(settlement =>
    settlement.outcome === 'dead' ? [[settlement.id, settlement.reason]] : [],
  )
  // Four that were under way, one that told the others, and each of these.
  expect(requests).toHaveLength(4 + 1 + 56)
  expect(dead).toEqual([['m-info-7', expect.stringContaining('errcode 430101')]])
  expect(mostWithin(requests, MINUTE)).toBeLessThanOrEqual(18)
})

test('a receiver that is gone disables its contact point: what waits is dead with that reason, until it is redriven', async () => {
  const webhook = {
    ...common,
    kind: 'webhook',
    url: new URL(server.url),
    key: undefined,
    format: 'cloudevents',
  } as const
  let isGone = true
  const requests = open(
    { 'ops/webhook': webhook, 'ops/other': { ...webhook, url: new URL(`${server.url}/other`) } },
    () => 204,
  )
  const taken = server.answer
  server.answer = (request, nth) =>
    isGone && request.path === '/hook' ? { status: 410, body: 'moved' } : taken(request, nth)
  const resolved = messageOn({ id: 'info-0', severity: 'info', state: 'resolved' }, 'ops/webhook', BEGIN)
  delivery.add([...several(6, 'ops/webhook'), { ...resolved, id: 'over-0' }])
  await allSettled(7)
  delivery.add([{ ...messageOn({ id: 'later' }, 'ops/webhook', BEGIN), id: 'later' }])
  await allSettled(8)
  delivery.add(several(1, 'ops/other').map(message => ({ ...message, id: 'other' })))
  await allSettled(9)
  const reasons = settled.map(settlement => (settlement.outcome === 'dead' ? settlement.reason : settlement.id))
  expect(reasons).toEqual([...Array(8).fill('HTTP 410: moved'), 'other'])
  expect(delivery.disabled()).toEqual([{ contactPoint: 'ops/webhook', at: BEGIN, reason: 'HTTP 410: moved' }])
  expect(errors.filter(({ msg }) => msg === 'a contact point takes no more')).toHaveLength(1)

  isGone = false
  const queued: OutboxMessage[] = []
  const again = async () => delivery.redrive('m-info-3', async message => void queued.push(message))
  expect(await again()).toBe(true)
  expect(await again()).toBe(false)
  await allSettled(10)
  expect(settled.at(-1)).toMatchObject({ id: 'm-info-3', outcome: 'delivered' })
  expect(queued.map(({ id }) => id)).toEqual(['m-info-3'])
  expect(JSON.parse(requests.at(-1)?.body ?? '')).toMatchObject({ id: 'm-info-3' })
  expect(delivery.disabled()).toEqual([])
  expect(delivery.dead().map(({ id }) => id)).not.toContain('m-info-3')
})

test('a message whose redriving cannot be made durable is still among those that were given up', async () => {
  open(
    { 'ops/webhook': { ...common, kind: 'webhook', url: new URL(server.url), key: undefined, format: 'cloudevents' } },
    () => 422,
  )
  delivery.add(several(1, 'ops/webhook'))
  await allSettled(1)
  await expect(delivery.redrive('m-info-0', () => Promise.reject(new Error('the disk is full')))).rejects.toThrow(
    'full',
  )
  expect(delivery.dead().map(({ id }) => id)).toEqual(['m-info-0'])
})
