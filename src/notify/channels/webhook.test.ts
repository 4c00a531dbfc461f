import { afterEach, beforeEach, expect, test } from 'vitest'
import { httpToLoopback } from '../../../test/support/notify/http-options.ts'
import { type Answer, WebhookReceiver } from '../../../test/support/notify/webhook-receiver.ts'
import { durationMs } from '../../event/duration.ts'
import { instant } from '../../event/instant.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { SendOutcome } from '../receiver.ts'
import { webhook } from './webhook.ts'
import { keyOf, signatureOf } from './webhook-signature.ts'

const now = Date.UTC(2026, 10, 23, 7, 0, 0, 999)
const key = keyOf(`whsec_${Buffer.alloc(32, 1).toString('base64')}`)

const message: OutboxMessage = {
  id: 'f'.repeat(32),
  contactPoint: 'ops/webhook',
  tells: [{ alert: 'a', state: 'firing' }],
  body: { version: 1, text: '拣货 is slow' },
  at: instant(now),
}

const common = {
  ...httpToLoopback,
  now: () => now,
  contentType: 'application/cloudevents+json; charset=utf-8',
  write: ([only]: readonly OutboxMessage[]) => only?.body,
  rates: [],
}

let receiver: WebhookReceiver

beforeEach(async () => {
  receiver = await WebhookReceiver.start()
})

afterEach(() => receiver.close())

async function send({ url = receiver.url, timeLimitMs = 60_000, signal = new AbortController().signal } = {}) {
  const options = { ...common, url: new URL(url), key, timeLimitMs: durationMs(timeLimitMs) }
  return webhook(options).send(message, signal)
}

async function answered(answer: Answer): Promise<SendOutcome> {
  receiver.answer = () => answer
  return send()
}

test('a message goes out as signed JSON, under its id', async () => {
  expect(await send()).toEqual({ kind: 'acknowledged' })
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
  expect(JSON.parse(body)).toEqual(message.body)
  expect(headers).toMatchObject({
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'stagewatch/1',
    'idempotency-key': message.id,
    'webhook-id': message.id,
    'webhook-timestamp': '1795417200',
    'webhook-signature': signatureOf(key as Buffer, message.id, 1_795_417_200, Buffer.from(body)),
  })
})

test('without a key a message has its id and no signature', async () => {
  const options = { ...common, url: new URL(receiver.url), key: undefined }
  await webhook(options).send(message, new AbortController().signal)
  expect(receiver.received[0]?.headers).toMatchObject({ 'webhook-id': message.id })
  expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature')
})

test.each<[string, Answer, SendOutcome]>([
  ['accepted is acknowledged', 202, { kind: 'acknowledged' }],
  [
    'a server error may pass',
    { status: 500, body: 'no\n database' },
    { kind: 'failed', problem: 'HTTP 500: no database' },
  ],
  ['not found may be mended', 404, { kind: 'failed', problem: 'HTTP 404' }],
  ['a bad request never will be', { status: 400, body: 'what?' }, { kind: 'refused', problem: 'HTTP 400: what?' }],
  ['who is gone takes nothing any more', 410, { kind: 'gone', problem: 'HTTP 410' }],
  [
    'a redirect is not followed',
    { status: 307, headers: { location: '/elsewhere' } },
    { kind: 'failed', problem: 'HTTP 307, and redirects are not followed' },
  ],
  [
    'seconds to wait are taken over',
    { status: 429, headers: { 'retry-after': '7' } },
    { kind: 'failed', problem: 'HTTP 429', retryAfterMs: 7_000 },
  ],
  [
    'so is an instant',
    { status: 503, headers: { 'retry-after': new Date(now + 9_001).toUTCString() } },
    { kind: 'failed', problem: 'HTTP 503', retryAfterMs: 9_001 },
  ],
  [
    'what is neither is not',
    { status: 503, headers: { 'retry-after': 'soon' } },
    { kind: 'failed', problem: 'HTTP 503' },
  ],
  ['who hangs up after the body has not acknowledged it', 'hangs up', { kind: 'failed', problem: 'socket hang up' }],
])('%s', async (_what, answer, outcome) => {
  expect(await answered(answer)).toEqual(outcome)
  expect(receiver.received.map(({ id }) => id)).toEqual([message.id])
})

test('a receiver that is silent is not waited for any longer than the limit', async () => {
  receiver.answer = () => 'is silent'
  expect(await send({ timeLimitMs: 50 })).toEqual({ kind: 'failed', problem: 'no answer within 50ms' })
})

test('a signal ends an attempt', async () => {
  const stop = new AbortController()
  receiver.answer = () => {
    stop.abort()
    return 'is silent'
  }
  expect(await send({ signal: stop.signal })).toMatchObject({ kind: 'failed' })
})

test('nobody there, nobody of that name, and an address where nothing is sent are failures', async () => {
  const { url } = receiver
  await receiver.close()
  expect(await send({ url })).toMatchObject({ kind: 'failed', problem: expect.stringContaining('ECONNREFUSED') })
  expect(await send({ url: 'http://nobody.invalid/' })).toMatchObject({ kind: 'failed' })
  expect(await send({ url: 'http://169.254.169.254/latest/meta-data' })).toEqual({
    kind: 'failed',
    problem: "169.254.169.254 is link-local or a cloud's metadata service, where nothing is sent",
  })
})

test('of an answer without end only the beginning is read, whatever it says', async () => {
  for (const status of [200, 500]) {
    receiver.answer = () => ({ status, megabytes: 100 })
    receiver.megabytesSent = 0
    expect((await send()).kind).toBe(status === 200 ? 'acknowledged' : 'failed')
    await receiver.close()
    expect(receiver.megabytesSent).toBeLessThan(20)
    receiver = await WebhookReceiver.start()
  }
})

test('an acknowledgement counts though the rest of the answer never comes', async () => {
  receiver.answer = () => 'goes on'
  expect(await send()).toEqual({ kind: 'acknowledged' })
})
