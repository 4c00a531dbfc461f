import { afterEach, beforeEach, expect, test } from 'vitest'
import { httpToLoopback } from '../../../test/support/notify/http-options.ts'
import { type Answer, WebhookReceiver } from '../../../test/support/notify/webhook-receiver.ts'
import { durationMs } from '../../event/duration.ts'
import { instant } from '../../event/instant.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Receiver, SendOutcome } from '../receiver.ts'
import { dingtalk, dingtalkSignature } from './dingtalk.ts'
import { feishu, feishuSignature } from './feishu.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { wecom } from './wecom.ts'

const message: OutboxMessage = {
  id: 'm',
  contactPoint: 'ops/bot',
  tells: [{ alert: 'a', state: 'firing' }],
  body: { text: '拣货' },
  at: instant(0),
}

let server: WebhookReceiver

beforeEach(async () => {
  server = await WebhookReceiver.start()
})

afterEach(() => server.close())

const common = {
  ...httpToLoopback,
  now: () => 1_700_000_000_000,
  write: ([only]: readonly OutboxMessage[]) => only?.body,
  rates: [],
}

const bots = {
  slack: () => slack({ ...common, url: new URL(server.url) }),
  feishu: () => feishu({ ...common, url: new URL(server.url), secret: 's' }),
  dingtalk: () => dingtalk({ ...common, url: new URL(`${server.url}?access_token=t`), secret: 's' }),
  wecom: () => wecom({ ...common, url: new URL(`${server.url}?key=k`) }),
  pagerduty: () =>
    pagerduty({
      ...common,
      url: new URL(server.url),
      routingKey: 'k',
      write: ([only]) => (only === undefined ? undefined : [only.body, { ...(only.body as object), second: true }]),
    }),
}

const send = (receiver: Receiver) => receiver.send(message, new AbortController().signal)

test('signatures are those of known answers', () => {
  expect(feishuSignature(1_700_000_000, 's')).toBe('+z1fiKH1w9xoRwSUZju5W5ZBj/d5cwS4H+5mTClDOl4=')
  expect(dingtalkSignature(1_700_000_000_000, 's')).toBe('izNUYw3bO0KxsDYzYMDR365t%2BvMgZSe8PyS8sv7esqs%3D')
})

test('each bot gets the body in the form that it asks for, signed where it wants that', async () => {
  server.answer = () => ({ status: 200, body: '{"code":0,"msg":"success"}' })
  expect(await send(bots.feishu())).toEqual({ kind: 'acknowledged' })
  server.answer = () => ({ status: 200, body: '{"errcode":0,"errmsg":"ok"}' })
  expect(await send(bots.dingtalk())).toEqual({ kind: 'acknowledged' })
  expect(await send(bots.wecom())).toEqual({ kind: 'acknowledged' })
  server.answer = () => ({ status: 200, body: 'ok' })
  expect(await send(bots.slack())).toEqual({ kind: 'acknowledged' })
  server.answer = () => 202
  expect(await send(bots.pagerduty())).toEqual({ kind: 'acknowledged' })
  const text = { text: '拣货' }
  expect(server.received.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    ['/hook', { timestamp: '1700000000', sign: '+z1fiKH1w9xoRwSUZju5W5ZBj/d5cwS4H+5mTClDOl4=', ...text }],
    ['/hook?access_token=t&timestamp=1700000000000&sign=izNUYw3bO0KxsDYzYMDR365t%2BvMgZSe8PyS8sv7esqs%3D', text],
    ['/hook?key=k', text],
    ['/hook', text],
    ['/hook', text],
    ['/hook', { ...text, second: true }],
  ])
  for (const { headers } of server.received) expect(headers['content-type']).toBe('application/json; charset=utf-8')
})

test('without a secret a bot gets no signature', async () => {
  server.answer = () => ({ status: 200, body: '{"code":0,"errcode":0}' })
  await send(feishu({ ...common, url: new URL(server.url), secret: undefined }))
  await send(dingtalk({ ...common, url: new URL(server.url), secret: undefined }))
  expect(server.received.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    ['/hook', { text: '拣货' }],
    ['/hook', { text: '拣货' }],
  ])
})

const failed = (problem: unknown, retryAfterMs?: number) => ({
  kind: 'failed',
  problem,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})
const said = (text: string) => expect.stringContaining(text)
const body = (fields: object): Answer => ({ status: 200, body: JSON.stringify(fields) })

test.each<[keyof typeof bots, string, Answer, unknown]>([
  ['feishu', 'a wrong signature', body({ code: 19021, msg: 'sign match fail' }), failed(said('set "secret" to what'))],
  [
    'feishu',
    'no keyword',
    body({ code: 19024, msg: 'Key Words Not Found' }),
    failed(said('keyword of the bot to Stagewatch')),
  ],
  ['feishu', 'too much', body({ code: 11232, msg: 'frequency limited' }), failed(said('code 11232'), 60_000)],
  [
    'feishu',
    'a message it cannot read',
    body({ code: 9499, msg: 'Bad Request' }),
    { kind: 'refused', problem: said('code 9499: Bad Request') },
  ],
  ['feishu', 'a code that nobody knows', body({ code: 77, msg: 'later' }), failed('code 77: later')],
  ['feishu', 'a page of its front', { status: 200, body: '<html>' }, failed('HTTP 200 without a code: <html>')],
  ['feishu', 'nothing', 200, failed('HTTP 200 without a code')],
  ['feishu', 'a list', { status: 200, body: '[0]' }, failed('HTTP 200 without a code: [0]')],
  ['dingtalk', 'too much', body({ errcode: 130101, errmsg: 'send too fast' }), failed(said('ten minutes'), 600_000)],
  [
    'dingtalk',
    'a wrong signature',
    body({ errcode: 310000, errmsg: 'sign not match' }),
    failed(said('additional signature')),
  ],
  [
    'dingtalk',
    'no keyword',
    body({ errcode: 310000, errmsg: 'keywords not in content' }),
    failed(said('keyword of the bot to Stagewatch')),
  ],
  [
    'dingtalk',
    'another address',
    body({ errcode: 310000, errmsg: 'ip 1.2.3.4 not in whitelist' }),
    failed(said('allowed addresses')),
  ],
  [
    'dingtalk',
    'a group that is gone',
    body({ errcode: 400013, errmsg: '群已被解散' }),
    { kind: 'gone', problem: said('群已被解散') },
  ],
  ['wecom', 'too much', body({ errcode: 45009, errmsg: 'api freq out of limit' }), failed(said('45009'), 60_000)],
  [
    'wecom',
    'a wrong key',
    body({ errcode: 93000, errmsg: 'invalid webhook url' }),
    failed(said('put the address that')),
  ],
  [
    'wecom',
    'a message too long',
    body({ errcode: 45002, errmsg: 'content size out of limit' }),
    { kind: 'refused', problem: said('45002') },
  ],
  [
    'slack',
    'too much',
    { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' },
    failed('HTTP 429: rate_limited', 30_000),
  ],
  [
    'slack',
    'blocks that it cannot read',
    { status: 400, body: 'invalid_blocks' },
    { kind: 'refused', problem: 'HTTP 400: invalid_blocks' },
  ],
  [
    'slack',
    'a channel in the archive',
    { status: 410, body: 'channel_is_archived' },
    { kind: 'gone', problem: said('unarchive the channel') },
  ],
  [
    'slack',
    'a webhook that is gone',
    { status: 404, body: 'no_service' },
    failed(said('put its address into the contact point')),
  ],
  ['slack', 'a page of its front', { status: 200, body: '<html>' }, failed('HTTP 200 without Slack\'s "ok": <html>')],
  [
    'pagerduty',
    'an event that is none',
    { status: 400, body: '{"status":"invalid event"}' },
    { kind: 'refused', problem: said('invalid event') },
  ],
  ['pagerduty', 'too much', { status: 429, headers: { 'retry-after': '60' } }, failed('HTTP 429', 60_000)],
  ['pagerduty', 'a page of its front', 200, failed("HTTP 200 in place of PagerDuty's 202")],
])('%s has its say: %s', async (bot, _what, answer, outcome) => {
  server.answer = () => answer
  expect(await send(bots[bot]())).toEqual(outcome as SendOutcome)
})

test.each(Object.keys(bots) as (keyof typeof bots)[])(
  '%s: a stop ends an attempt, of 100 MB little is read, and nobody there is a failure',
  async bot => {
    const receiver = bots[bot]()
    expect(await receiver.send(message, AbortSignal.abort())).toMatchObject({ kind: 'failed' })
    server.answer = () => ({ status: 200, megabytes: 100 })
    expect((await send(receiver)).kind).toBe('failed')
    await server.close()
    expect(server.megabytesSent).toBeLessThan(20)
    expect(await send(receiver)).toMatchObject({ kind: 'failed', problem: said('ECONNREFUSED') })
  },
)

test('a bot that says nothing is not waited for any longer than the limit', async () => {
  server.answer = () => 'is silent'
  const impatient = wecom({ ...common, timeLimitMs: durationMs(50), url: new URL(server.url) })
  expect(await send(impatient)).toEqual(failed('no answer within 50ms'))
})

test('a message in a form that is not known is refused, and nothing is sent', async () => {
  const write = () => undefined
  for (const receiver of [
    slack({ ...common, write, url: new URL(server.url) }),
    pagerduty({ ...common, write, url: new URL(server.url), routingKey: 'k' }),
  ]) {
    expect(await send(receiver)).toEqual({ kind: 'refused', problem: said('another release') })
  }
  expect(server.received).toEqual([])
})
