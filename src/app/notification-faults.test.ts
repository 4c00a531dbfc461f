import { pino } from 'pino'
import { afterAll, afterEach, expect, test } from 'vitest'
import { messageOn } from '../../test/support/notify/notifications.ts'
import { type MailAnswer, SmtpReceiver } from '../../test/support/notify/smtp-receiver.ts'
import { VirtualClock } from '../../test/support/notify/virtual-clock.ts'
import { type Answer, WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { durationMs, formatDuration } from '../event/duration.ts'
import { OpenTasks } from '../journal/open-tasks.ts'
import type { Settlement } from '../journal/outbox.ts'
import { Delivery } from '../notify/delivery.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import type { ResolvedContactPoint } from './contact-points.ts'
import { receiversOf, urgencyOf } from './receivers.ts'

/*
 * Every channel × every fault of its other end, against a real server of this test: each message is settled exactly once, as
 * delivered or dead with a reason, and an alert's messages arrive in their order. Time is the test's own, so that half an hour
 * takes no longer than its requests; only what hangs is waited for in the machine's time.
 */
const BEGIN = Date.UTC(2026, 10, 23, 7)
const MINUTE = 60_000
/** Of what hangs: it is waited for in the machine's time. */
const HANGS_MS = 200
const TIME_LIMIT_MS = 30_000

/** What an answer is like in the words of a channel. */
type Words<Told> = {
  readonly takes: Told
  /** It may pass. */
  readonly fails: Told
  /** It is sent too much; `pauseMs` is what it then gets. */
  readonly tooMuch: Told
  readonly pauseMs: number
  /** It will never take this message. */
  readonly refuses: Told
  /** It takes nothing any more; undefined: it has no word for that. */
  readonly gone: Told | undefined
}

const json = (fields: object): Answer => ({ status: 200, body: JSON.stringify(fields) })
const byStatus = (takes: Answer): Words<Answer> => ({
  takes,
  fails: { status: 500, body: 'no database' },
  tooMuch: { status: 429, headers: { 'retry-after': '120' } },
  pauseMs: 120_000,
  refuses: { status: 400, body: 'what?' },
  gone: 410,
})

const words: Readonly<Record<Exclude<ResolvedContactPoint['kind'], 'email'> | 'alertmanager', Words<Answer>>> = {
  webhook: byStatus(204),
  alertmanager: byStatus(200),
  slack: byStatus({ status: 200, body: 'ok' }),
  feishu: {
    takes: json({ code: 0, msg: 'success' }),
    fails: json({ code: 19021, msg: 'sign match fail' }),
    tooMuch: json({ code: 11232, msg: 'frequency limited' }),
    pauseMs: 60_000,
    refuses: json({ code: 9499, msg: 'Bad Request' }),
    gone: 410,
  },
  dingtalk: {
    takes: json({ errcode: 0, errmsg: 'ok' }),
    fails: json({ errcode: 310000, errmsg: 'keywords not in content' }),
    tooMuch: json({ errcode: 130101, errmsg: 'send too fast' }),
    pauseMs: 600_000,
    refuses: json({ errcode: 430101, errmsg: 'sensitive' }),
    gone: json({ errcode: 400013, errmsg: 'group dissolved' }),
  },
  wecom: {
    takes: json({ errcode: 0, errmsg: 'ok' }),
    fails: json({ errcode: 93000, errmsg: 'invalid webhook url' }),
    tooMuch: json({ errcode: 45009, errmsg: 'api freq out of limit' }),
    pauseMs: 60_000,
    refuses: json({ errcode: 45002, errmsg: 'too long' }),
    gone: 410,
  },
  pagerduty: byStatus(202),
  task: byStatus({ status: 201, body: '{"key":"OPS-1"}' }),
}

const mailWords: Words<MailAnswer> = {
  takes: 'takes it',
  fails: { code: 451, message: 'try later' },
  tooMuch: { code: 421, message: 'too much' },
  pauseMs: 0,
  refuses: { code: 554, message: 'spam' },
  gone: undefined,
}

/** The other end of a channel, which can be away. */
type OtherEnd = {
  readonly contactPoint: ResolvedContactPoint
  readonly words: Words<unknown>
  /** By the number of the request, from 1; `more`: what a mail server has no word for is undefined. */
  answer(how: (nth: number) => unknown): void
  /** When each came, by the clock of the test. */
  readonly requests: number[]
  /** Of answers without end, what was taken. */
  megabytes(): number
  goAway(): Promise<void>
  comeBack(): Promise<void>
  close(): Promise<void>
}

const common = { language: 'en', perMinute: undefined } as const

function contactPointOf(channel: keyof typeof words, server: WebhookReceiver): ResolvedContactPoint {
  const url = new URL(server.url)
  switch (channel) {
    case 'webhook':
      return { ...common, kind: 'webhook', url, key: undefined, format: 'cloudevents' }
    case 'alertmanager':
      return { ...common, kind: 'webhook', url, key: undefined, format: 'alertmanager' }
    case 'feishu':
    case 'dingtalk':
      return { ...common, kind: channel, url, secret: 's' }
    case 'slack':
    case 'wecom':
      return { ...common, kind: channel, url }
    case 'task': {
      const request = { method: 'POST', path: '/{{ id }}', body: { text: '{{ text }}' } } as const
      const create = { ...request, path: '', id: ['key'] }
      return { ...common, kind: 'task', url, headers: {}, create, update: request, close: request }
    }
    case 'pagerduty':
      return { ...common, kind: 'pagerduty', url, routingKey: 'k' }
  }
}

async function openHttp(channel: keyof typeof words, clock: VirtualClock): Promise<OtherEnd> {
  let server = await WebhookReceiver.start()
  const { port } = server
  const requests: number[] = []
  let how: (nth: number) => unknown = () => words[channel].takes
  const listen = () => {
    server.answer = () => {
      requests.push(clock.now() - BEGIN)
      return how(requests.length) as Answer
    }
  }
  listen()
  return {
    contactPoint: contactPointOf(channel, server),
    words: words[channel],
    requests,
    megabytes: () => server.megabytesSent,
    answer: next => {
      how = next
    },
    goAway: () => server.close(),
    async comeBack() {
      server = await WebhookReceiver.start(port)
      listen()
    },
    close: () => server.close(),
  }
}

let mailServer: SmtpReceiver | undefined

async function openMail(clock: VirtualClock): Promise<OtherEnd> {
  let server = await SmtpReceiver.start()
  const { port } = server
  const requests: number[] = []
  let how: (nth: number) => unknown = () => 'takes it'
  const listen = () => {
    mailServer = server
    server.answer = () => {
      requests.push(clock.now() - BEGIN)
      return how(requests.length) as MailAnswer
    }
  }
  listen()
  return {
    contactPoint: { ...common, kind: 'email', to: ['ops@example.com'] },
    words: mailWords,
    requests,
    megabytes: () => 0,
    answer: next => {
      how = next
    },
    goAway: () => server.close(),
    async comeBack() {
      server = await SmtpReceiver.start(port)
      listen()
    },
    close: () => server.close(),
  }
}

type Outcome = {
  readonly settled: readonly Settlement[]
  readonly afterMs: number
  readonly requests: readonly number[]
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Two messages on one alert and one on another, through what `arrange` does to the other end. */
async function run(
  channel: Channel,
  arrange: (end: OtherEnd, clock: VirtualClock) => Promise<void> | void,
  timeLimitMs = TIME_LIMIT_MS,
): Promise<Outcome> {
  const clock = new VirtualClock(BEGIN)
  const end = channel === 'email' ? await openMail(clock) : await openHttp(channel, clock)
  ends.push(() => end.close())
  await arrange(end, clock)
  const port = mailServer?.port ?? 0
  const server = {
    host: '127.0.0.1',
    port,
    tls: 'none',
    user: undefined,
    password: undefined,
    from: 'w@example.com',
  } as const
  const config = { ...defaultNotify, allow: loopback, timeLimitMs: durationMs(timeLimitMs), email: server }
  const tasks = new OpenTasks()
  const receivers = receiversOf(new Map([['ops/x', end.contactPoint]]), config, 'stagewatch/1', (...of) =>
    tasks.idOf(...of),
  )
  const settled: Settlement[] = []
  const failures: Error[] = []
  const delivery = new Delivery({
    receivers: new Map([...receivers].map(([name, receiver]) => [name, clock.watching(receiver)])),
    urgencyOf,
    async settle(settlement, message) {
      settled.push(settlement)
      tasks.settled(message, settlement)
    },
    fail: error => failures.push(error),
    giveUpAfterMs: durationMs(24 * 60 * MINUTE),
    atOnce: 4,
    now: clock.now,
    wait: clock.wait,
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
  })
  ends.push(() => delivery.stop(0))
  const over = { ...messageOn({ id: 'a', state: 'resolved' }, 'ops/x', BEGIN), id: 'm-a-over' }
  delivery.add([messageOn({ id: 'a' }, 'ops/x', BEGIN), over, messageOn({ id: 'b' }, 'ops/x', BEGIN)])
  await clock.until(() => settled.length >= 3 || failures.length > 0)
  expect(failures).toEqual([])
  expect(settled.map(({ id }) => id).sort()).toEqual(['m-a', 'm-a-over', 'm-b'])
  expect(settled.findIndex(({ id }) => id === 'm-a')).toBeLessThan(settled.findIndex(({ id }) => id === 'm-a-over'))
  expect(delivery.queued()).toEqual([])
  return { settled, afterMs: clock.now() - BEGIN, requests: end.requests }
}

type Channel = keyof typeof words | 'email'
const channels: readonly Channel[] = [...(Object.keys(words) as (keyof typeof words)[]), 'email']

const rows: string[][] = []
afterAll(() => {
  const head = ['fault', ...channels]
  const lines = [head, head.map(() => '---'), ...[...new Set(rows.map(([fault]) => fault))].map(rowOf)]
  process.stderr.write(`${lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`)
})

const rowOf = (fault: string | undefined): string[] => [
  fault ?? '',
  ...channels.map(channel => rows.find(row => row[0] === fault && row[1] === channel)?.[2] ?? '–'),
]

function note(fault: string, channel: Channel, { settled, afterMs }: Outcome): void {
  const dead = settled.filter(({ outcome }) => outcome === 'dead').length
  const attempts = settled.reduce((sum, settlement) => sum + settlement.attempts, 0)
  const what = [...(dead < 3 ? [`${3 - dead} delivered`] : []), ...(dead > 0 ? [`${dead} dead`] : [])].join(', ')
  rows.push([fault, channel, `${what}, ${attempts} attempts${afterMs > 0 ? `, after ${formatDuration(afterMs)}` : ''}`])
}

const delivered = ({ settled }: Outcome) => settled.map(({ outcome }) => outcome)
const all = ['delivered', 'delivered', 'delivered']
const deadReasons = ({ settled }: Outcome) =>
  settled.flatMap(settlement => (settlement.outcome === 'dead' ? [settlement.reason] : []))

test.each(channels)('%s: an error that passes, in its own words', async channel => {
  const outcome = await run(channel, ({ answer, words: { fails, takes } }) => answer(nth => (nth <= 4 ? fails : takes)))
  expect(delivered(outcome)).toEqual(all)
  expect(outcome.requests).toHaveLength(7)
  note('4 errors, then well', channel, outcome)
})

test.each(channels)('%s: too much, with a pause that is kept', async channel => {
  let pauseMs = 0
  const outcome = await run(channel, ({ answer, words: { tooMuch, takes, pauseMs: asked } }) => {
    pauseMs = asked
    answer(nth => (nth === 1 ? tooMuch : takes))
  })
  expect(delivered(outcome)).toEqual(all)
  // The other alert's message was under way already.
  for (const at of outcome.requests.slice(2)) expect(at).toBeGreaterThanOrEqual(pauseMs)
  note('429, or its own word for that', channel, outcome)
})

test.each(channels)('%s: no answer, three times', async channel => {
  const outcome = await run(
    channel,
    ({ answer, words: { takes } }) => answer(nth => (nth <= 3 ? 'is silent' : takes)),
    HANGS_MS,
  )
  expect(delivered(outcome)).toEqual(all)
  note('hangs 3 times', channel, outcome)
})

test.each(channels)('%s: away for half an hour', async channel => {
  const outcome = await run(channel, async (end, clock) => {
    await end.goAway()
    clock.after(30 * MINUTE, () => end.comeBack())
  })
  expect(delivered(outcome)).toEqual(all)
  expect(outcome.requests).toHaveLength(3)
  for (const at of outcome.requests) {
    expect(at).toBeGreaterThanOrEqual(30 * MINUTE)
    expect(at).toBeLessThanOrEqual(40 * MINUTE)
  }
  note('connection refused for 30 min', channel, outcome)
})

test.each(
  channels
    .filter(channel => channel !== 'email')
    .flatMap(channel => [200, 500].map(status => [channel, status] as const)),
)('%s: answers %i with 100 MB, of which little is read', async (channel, status) => {
  let taken = () => 0
  const outcome = await run(channel, ({ answer, megabytes, words: { takes } }) => {
    taken = megabytes
    answer(nth => (nth <= 2 ? { status, megabytes: 100 } : takes))
  })
  // Two tasks were made of which nobody knows what they are called: to make them again would make two more.
  const lost = channel === 'task' && status === 200
  expect(delivered(outcome).filter(what => what === 'dead')).toHaveLength(lost ? 2 : 0)
  expect(taken()).toBeLessThan(20)
  note(`${status} with 100 MB, twice`, channel, outcome)
})

test.each(channels)('%s: a message that it will never take', async channel => {
  const outcome = await run(channel, ({ answer, words: { refuses, takes } }) =>
    answer(nth => (nth === 1 ? refuses : takes)),
  )
  expect(delivered(outcome).sort()).toEqual(['dead', 'delivered', 'delivered'])
  expect(deadReasons(outcome)).toEqual([expect.stringMatching(/HTTP 400|code|554/)])
  note('refuses one', channel, outcome)
})

test.each(channels.filter(channel => channel !== 'email'))('%s: it takes nothing any more', async channel => {
  const outcome = await run(channel, ({ answer, words: { gone } }) => answer(() => gone))
  expect(delivered(outcome)).toEqual(['dead', 'dead', 'dead'])
  expect(new Set(deadReasons(outcome)).size).toBe(1)
  // Those that were under way; nothing is sent after its answer.
  expect(outcome.requests.length).toBeLessThanOrEqual(2)
  note('410, or its own word for that', channel, outcome)
})
