import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { httpToLoopback } from '../../test/support/notify/http-options.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { until } from '../../test/support/until.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { OutboxMessage, Settlement } from '../journal/outbox.ts'
import type { ToldState } from '../journal/told-states.ts'
import { webhook } from './channels/webhook.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'

const HOUR = 3_600_000
/** Finds what hangs. */
const WITHIN_MS = 60_000

let receiver: WebhookReceiver
let settled: Settlement[]
let said: { msg: string; contactPoint?: string; remedy?: string }[]
let deliveries: Delivery[]
let failures: Error[]

beforeEach(async () => {
  receiver = await WebhookReceiver.start()
  settled = []
  said = []
  deliveries = []
  failures = []
})

afterEach(async () => {
  for (const delivery of deliveries) await delivery.stop(0)
  await receiver.close()
  expect(failures).toEqual([])
})

const message = (id: string, alert: string, state: ToldState = 'firing', at = Date.now()): OutboxMessage => ({
  id,
  contactPoint: 'ops/webhook',
  tells: [{ alert, state }],
  body: { id },
  at: instant(at),
})

const receiverOf = (timeLimitMs: number) =>
  webhook({
    ...httpToLoopback,
    timeLimitMs: durationMs(timeLimitMs),
    url: new URL(receiver.url),
    key: undefined,
    contentType: 'application/json',
    write: ([only]) => only?.body,
    rates: [],
  })

/** One that tries again at once, to a receiver that may be replaced. */
function open(more: Partial<DeliveryOptions> = {}): Delivery {
  const delivery = new Delivery({
    receivers: new Map([['ops/webhook', receiverOf(500)]]),
    settle: async settlement => void settled.push(settlement),
    fail: error => failures.push(error),
    giveUpAfterMs: durationMs(24 * HOUR),
    atOnce: 4,
    backoff: { firstMs: durationMs(2), mostMs: durationMs(20) },
    now: Date.now,
    random: () => 0.5,
    logger: pino({ level: 'info' }, { write: line => void said.push(JSON.parse(line)) }),
    ...more,
  })
  deliveries.push(delivery)
  return delivery
}

const untilSettled = (count: number) =>
  until(
    () => `${count} settled, not ${settled.length}`,
    WITHIN_MS,
    () => (settled.length >= count ? settled : undefined),
  )

test('through every fault of a receiver nothing is lost, ids stay, and the messages of an alert keep their order', async () => {
  const faults = [500, 'hangs up', { status: 429, headers: { 'retry-after': '0' } }, 'is silent', 404, 302] as const
  // Two of three requests fail, each in another way.
  receiver.answer = (_, nth) => (nth % 3 === 0 ? 204 : (faults[nth % faults.length] ?? 500))
  const alerts = Array.from({ length: 10 }, (_, nth) => `alert-${nth}`)
  const states = ['firing', 'no_data', 'firing', 'resolved'] as const
  const messages = states.flatMap((state, nth) => alerts.map(alert => message(`${alert}.${nth}`, alert, state)))
  open({ atOnce: 8 }).add(messages)
  await untilSettled(messages.length)
  expect(settled.every(({ outcome }) => outcome === 'delivered')).toBe(true)
  expect(settled.map(({ id }) => id).sort()).toEqual(messages.map(({ id }) => id).sort())
  expect(receiver.received.length).toBeGreaterThan(2 * messages.length)
  for (const alert of alerts) {
    const ids = receiver.received.map(({ id }) => id).filter(id => id.startsWith(`${alert}.`))
    // Every attempt of one message comes before the first of the next.
    expect([...new Set(ids)]).toEqual(states.map((_, nth) => `${alert}.${nth}`))
    expect(ids).toEqual([...ids].sort())
  }
  for (const { body, id } of receiver.received) expect(JSON.parse(body)).toEqual({ id })
})

test('a message is settled after its receiver has acknowledged it', async () => {
  let acknowledgedFirst = false
  const settle = async (settlement: Settlement) => {
    acknowledgedFirst = receiver.acknowledged.some(({ id }) => id === settlement.id)
    settled.push(settlement)
  }
  receiver.answer = (_, nth) => (nth < 3 ? 503 : 200)
  open({ settle }).add([message('1', 'a')])
  await untilSettled(1)
  expect(acknowledgedFirst).toBe(true)
  expect(settled).toMatchObject([{ id: '1', attempts: 3, outcome: 'delivered' }])
})

test('a receiver that is away is told of once, and once more when it is back', async () => {
  const { port } = receiver
  await receiver.close()
  const delivery = open()
  delivery.add([message('1', 'a'), message('2', 'b')])
  await until('several attempts', WITHIN_MS, () =>
    delivery.queued().every(({ attempts }) => attempts > 3) ? true : undefined,
  )
  expect(delivery.queued()[0]).toMatchObject({ message: { id: '1' }, problem: expect.stringContaining('ECONNREFUSED') })
  receiver = await WebhookReceiver.start(port)
  await untilSettled(2)
  expect(said.map(({ msg, contactPoint }) => [msg, contactPoint])).toEqual([
    ['notifications do not get through', 'ops/webhook'],
    ['notifications get through again', 'ops/webhook'],
  ])
  expect(delivery.counts().get('webhook')).toMatchObject({ delivered: 2, dead: 0 })
  expect(delivery.queued()).toEqual([])
})

test('what a receiver will never take is dead at once, people are told, and the next one goes on', async () => {
  receiver.answer = ({ id }) => (id === '1' ? { status: 422, body: 'no summary' } : 204)
  const delivery = open()
  delivery.add([message('1', 'a'), message('2', 'a', 'resolved')])
  await untilSettled(2)
  const dead = {
    id: '1',
    attempts: 1,
    outcome: 'dead',
    reason: 'HTTP 422: no summary',
    message: { contactPoint: 'ops/webhook', tells: [{ alert: 'a', state: 'firing' }] },
  }
  expect(settled).toMatchObject([dead, { id: '2', outcome: 'delivered' }])
  expect(delivery.dead()).toMatchObject([dead])
  expect(said).toMatchObject([{ msg: 'a notification is given up', contactPoint: 'ops/webhook' }])
  expect(said[0]?.remedy).toContain('/api/v1/notifications/1/redrive')
})

test('a message is given up a day after it was queued, but tried once by every start', async () => {
  receiver.answer = () => 500
  open().add([message('old', 'a', 'firing', Date.now() - 24 * HOUR - 1)])
  await untilSettled(1)
  expect(settled).toMatchObject([{ id: 'old', attempts: 1, outcome: 'dead', reason: 'HTTP 500' }])
})

test('what waits for a contact point that is gone is dead, and counted apart', async () => {
  const delivery = open({ receivers: new Map() })
  delivery.add([message('1', 'a')])
  await untilSettled(1)
  expect(settled).toMatchObject([{ id: '1', outcome: 'dead', reason: expect.stringContaining('owners.yaml') }])
  expect(delivery.counts().get('none')).toEqual({ delivered: 0, dead: 1, retried: 0 })
  expect(receiver.received).toEqual([])
})

test('a receiver that asks for a pause gets it, for all messages', async () => {
  const times: number[] = []
  receiver.answer = () => {
    times.push(Date.now())
    return times.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : 204
  }
  const delivery = open({ atOnce: 1 })
  delivery.add([message('1', 'a')])
  await until('the first answer', WITHIN_MS, () => (delivery.queued()[0]?.nextAttemptAt ? true : undefined))
  delivery.add([message('2', 'b')])
  await untilSettled(2)
  const [first = 0, ...later] = times
  expect(later).toHaveLength(2)
  for (const time of later) expect(time - first).toBeGreaterThanOrEqual(1_000)
})

test('a message that a receiver chokes on does not hold up the others', async () => {
  receiver.answer = ({ id }) => (id === 'heavy' ? 'is silent' : 204)
  const delivery = open({ atOnce: 1 })
  delivery.add([message('heavy', 'a'), ...Array.from({ length: 5 }, (_, nth) => message(`${nth}`, `other-${nth}`))])
  await untilSettled(5)
  expect(delivery.queued().map(({ message: { id } }) => id)).toEqual(['heavy'])
})

test('a stop begins nothing more, gives what is under way its time, and leaves the rest unsettled', async () => {
  let answerNow: () => void = () => {}
  receiver.answer = ({ id }) =>
    id === 'quick' ? new Promise(resolve => (answerNow = () => resolve(204))) : 'is silent'
  const delivery = open({ atOnce: 2, receivers: slowReceivers() })
  delivery.add([message('quick', 'a'), message('silent', 'b'), message('waits', 'c')])
  await until('two requests', WITHIN_MS, () => (receiver.received.length === 2 ? true : undefined))
  const stopped = delivery.stop(100)
  answerNow()
  await stopped
  expect(settled.map(({ id }) => id)).toEqual(['quick'])
  expect(delivery.queued().map(({ message: { id } }) => id)).toEqual(['silent', 'waits'])
  expect(receiver.received).toHaveLength(2)
})

/** Whose answers are waited for longer than any test. */
const slowReceivers = () => new Map([['ops/webhook', receiverOf(WITHIN_MS)]])

test('while a thousand messages wait for a contact point there is no room for more', async () => {
  await receiver.close()
  const delivery = open({ atOnce: 1 })
  expect(delivery.hasRoom('ops/webhook')).toBe(true)
  delivery.add(Array.from({ length: 999 }, (_, nth) => message(`${nth}`, 'a')))
  expect(delivery.hasRoom('ops/webhook')).toBe(true)
  delivery.add([message('999', 'a')])
  expect(delivery.hasRoom('ops/webhook')).toBe(false)
  expect(delivery.hasRoom('ops/other')).toBe(true)
})

test('a settlement that cannot be kept ends the process, since nobody knows what will be sent again', async () => {
  open({ settle: () => Promise.reject(new Error('the journal is broken')) }).add([message('1', 'a')])
  await until('the failure', WITHIN_MS, () => failures[0])
  expect(failures.splice(0)).toEqual([new Error('the journal is broken')])
})
