import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../test/browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../../test/browser/quick-delivery.ts'
import { noSilences } from '../../test/support/no-silences.ts'
import { instant } from '../event/instant.ts'
import { alertSchema } from '../protocol/alert.ts'
import { caseTimelineSchema, stageHistorySchema } from '../protocol/history.ts'
import { type ServerMessage, serverMessageSchema } from '../protocol/message.ts'
import { outboxSchema } from '../protocol/notification.ts'
import type { OutboxView } from '../protocol/notification-view.ts'
import { problemSchema } from '../protocol/problem.ts'
import { ruleExplanationSchema } from '../protocol/rule-explanation.ts'
import { processStatisticsSchema } from '../protocol/statistics.ts'
import { detailedStatusSchema } from '../protocol/status.ts'
import { type Gateway, startGateway } from './gateway.ts'
import type { StreamLimits } from './stream/stream-limits.ts'

const now = instant(Date.UTC(2026, 10, 23, 7, 0, 0))
let engine: PlainEngine
let history: PlainHistory
let outbox: OutboxView
let redriven: (id: string) => 'queued' | 'unknown' | 'superseded'
let gateway: Gateway
let assets: string
const sockets: WebSocket[] = []

async function start(limits: Partial<StreamLimits> = {}, port = 0): Promise<Gateway> {
  return startGateway({
    host: '127.0.0.1',
    port,
    view: engine,
    owners,
    brokers: ['kafka-1:9092'],
    history,
    health: () => ({
      version: '1.2.3',
      startedAt: now,
      store: undefined,
    }),
    act: async () => ({ outcome: 'unknown-alert' }),
    silences: noSilences,
    outbox: () => outbox,
    redrive: async id => redriven(id),
    metrics: async () => 'stagewatch_up 1\n',
    assets,
    logger: pino({ level: 'silent' }),
    limits,
  })
}

beforeEach(async () => {
  assets = await mkdtemp(join(tmpdir(), 'stagewatch-page-'))
  await mkdir(join(assets, 'assets'))
  await writeFile(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  await writeFile(join(assets, 'assets', 'main-4f.js'), 'export {}')
  engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  history = new PlainHistory(now)
  outbox = { queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }
  redriven = () => 'unknown'
  gateway = await start()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await gateway.close()
})

/** A client that keeps what it is sent and waits for what it expects. */
function connect(options: { origin?: string; protocols?: string[] } = {}) {
  const url = `${gateway.url.replace('http', 'ws')}/api/v1/stream`
  const socket = new WebSocket(url, options.protocols ?? ['json.v1'], options.origin ? { origin: options.origin } : {})
  sockets.push(socket)
  const received: ServerMessage[] = []
  const waiting = new Set<() => void>()
  socket.on('message', data => {
    received.push(serverMessageSchema.parse(JSON.parse(String(data))))
    for (const check of waiting) check()
  })
  const until = (reached: (messages: readonly ServerMessage[]) => boolean) =>
    new Promise<readonly ServerMessage[]>(resolve => {
      const check = () => {
        if (!reached(received)) return
        waiting.delete(check)
        resolve(received)
      }
      waiting.add(check)
      check()
    })
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  const refused = new Promise<number>(resolve =>
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  )
  socket.on('error', () => socket.terminate())
  const say = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  const subscribed = async () => {
    await until(messages => messages.length > 0)
    say({ type: 'subscribe' })
    await until(messages => messages.some(({ type }) => type === 'snapshot'))
  }
  const alerts = (count: number) => {
    let seen = 0
    let looked = 0
    return until(messages => {
      for (; looked < messages.length; looked += 1) if (messages[looked]?.type === 'alert') seen += 1
      return seen >= count
    })
  }
  return { socket, received, until, alerts, closed, refused, say, subscribed }
}

const firing = (number: number) =>
  alertOf({
    id: `alert-${number}`,
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    state: 'firing',
    from: 'pending',
    at: instant(now + number),
    since: now,
    value: 400_000,
  })

/** Answers whose shape the assertion itself states. */
const readJson = async (response: Response) => JSON.parse(await response.text())
const get = (path: string, init?: RequestInit) => fetch(gateway.url + path, init)

test('notifications are listed as they stand: what waits, what was given up, whose alerts are held back', async () => {
  const told = { contactPoint: 'ops/webhook', tells: [{ alert: 'a', state: 'firing' as const }], at: now }
  const waiting = { attempts: 2, problem: 'HTTP 500', nextAttemptAt: instant(now + 4_000) }
  const untried = { attempts: 0, problem: undefined, nextAttemptAt: undefined }
  const dead = {
    attempts: 1,
    outcome: 'dead' as const,
    message: { ...told, body: 'not shown' },
    at: instant(now + 1_000),
  }
  outbox = {
    queued: [
      { message: { ...told, id: 'm1', body: 'not shown' }, ...waiting },
      { message: { ...told, id: 'm2', body: 'not shown' }, ...untried },
    ],
    dead: [
      { id: 'm3', reason: 'HTTP 410', ...dead },
      { id: 'm4', reason: 'HTTP 422', ...dead },
    ],
    disabled: [{ contactPoint: 'ops/slack', at: instant(now + 1_000), reason: 'HTTP 410' }],
    heldBack: ['quick-delivery'],
    alertmanagers: [{ member: 'am:9093', toldAt: undefined, problem: 'HTTP 502' }],
  }
  const answer = outboxSchema.parse(await (await fetch(`${gateway.url}/api/v1/notifications`)).json())
  const common = {
    contact_point: 'ops/webhook',
    tells: [{ alert: 'a', state: 'firing' }],
    queued_at: '2026-11-23T07:00:00.000Z',
  }
  const ended = { ...common, attempts: 1, given_up_at: '2026-11-23T07:00:01.000Z' }
  expect(answer).toEqual({
    queued_count: 2,
    queued: [
      { id: 'm1', ...common, attempts: 2, problem: 'HTTP 500', next_attempt_at: '2026-11-23T07:00:04.000Z' },
      { id: 'm2', ...common, attempts: 0, problem: null, next_attempt_at: null },
    ],
    dead_count: 2,
    dead: [
      { id: 'm4', ...ended, reason: 'HTTP 422' },
      { id: 'm3', ...ended, reason: 'HTTP 410' },
    ],
    disabled: [{ contact_point: 'ops/slack', disabled_at: '2026-11-23T07:00:01.000Z', reason: 'HTTP 410' }],
    held_back: ['quick-delivery'],
    alertmanagers: [{ member: 'am:9093', told_at: null, problem: 'HTTP 502' }],
  })
})

test('a notification that was given up is sent again on request, but not for a page of another site', async () => {
  const asked: string[] = []
  redriven = id => {
    asked.push(id)
    return id === 'm1' ? 'queued' : id === 'm2' ? 'superseded' : 'unknown'
  }
  const redrive = async (id: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${gateway.url}/api/v1/notifications/${id}/redrive`, { method: 'POST', headers })
    return [answer.status, ((await answer.json()) as { type?: string }).type ?? 'queued']
  }
  expect(await redrive('m1')).toEqual([202, 'queued'])
  expect(await redrive('m1', { origin: gateway.url })).toEqual([202, 'queued'])
  expect(await redrive('m2')).toEqual([409, 'urn:stagewatch:problem:superseded'])
  expect(await redrive('m3')).toEqual([404, 'urn:stagewatch:problem:unknown-notification'])
  expect(await redrive('m1', { origin: 'https://elsewhere.example' })).toEqual([
    403,
    'urn:stagewatch:problem:wrong-origin',
  ])
  expect(asked).toEqual(['m1', 'm1', 'm2', 'm3'])
})

test('a client is greeted, then gets everything at once, then what changes', async () => {
  engine.announce(firing(1))
  const client = connect()
  await client.subscribed()
  engine.announce(firing(2))
  engine.evaluate(statusAt(instant(now + 1_000)), statisticsOf(3))
  await client.until(messages => messages.some(({ type }) => type === 'statistics'))
  const [hello, snapshot, ...updates] = client.received.filter(({ type }) => type !== 'status')
  expect(hello).toMatchObject({ type: 'hello', alert_offset: 1, as_of: '2026-11-23T07:00:00.000Z' })
  expect(snapshot).toMatchObject({ type: 'snapshot', alert_offset: 1, active_alerts: 1 })
  expect(snapshot?.type === 'snapshot' && snapshot.alerts.map(({ id }) => id)).toEqual(['alert-1'])
  expect(updates.map(({ type }) => type)).toEqual(['alert', 'statistics'])
  expect(updates[1]?.as_of).toBe('2026-11-23T07:00:01.000Z')
})

test('alerts come at once, all of them, in order, their offsets rising by one', async () => {
  const client = connect()
  await client.subscribed()
  for (let number = 1; number <= 300; number += 1) engine.announce(firing(number))
  await client.until(messages => messages.filter(({ type }) => type === 'alert').length === 300)
  const alerts = client.received.flatMap(message => (message.type === 'alert' ? [message] : []))
  expect(alerts.map(({ alert }) => alert.id)).toEqual(Array.from({ length: 300 }, (_, index) => `alert-${index + 1}`))
  expect(alerts.map(message => message.alert_offset)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
  expect(alerts.every((message, index) => index === 0 || message.sequence > alerts[index - 1]!.sequence)).toBe(true)
})

test('a burst of evaluations reaches a client as a few messages, the newest last', async () => {
  const client = connect()
  await client.subscribed()
  for (let turn = 1; turn <= 50; turn += 1) engine.evaluate(statusAt(instant(now + turn)), statisticsOf(1, turn))
  await client.until(messages => messages.some(message => message.as_of === '2026-11-23T07:00:00.050Z'))
  expect(client.received.filter(({ type }) => type === 'statistics').length).toBeLessThanOrEqual(3)
})

test('an alert says the value, its limit, the owner by title, and what to do', async () => {
  const client = connect()
  await client.subscribed()
  engine.announce(firing(1))
  const messages = await client.until(all => all.some(({ type }) => type === 'alert'))
  const message = messages.find(({ type }) => type === 'alert')
  expect(message?.type === 'alert' && message.alert).toMatchObject({
    value: 400_000,
    unit: 'duration',
    threshold: { statistic: 'age_p90', operator: '>', value: 180_000 },
    owner_title: { en: 'Warehouse operations' },
    measure: null,
    subject_title: { en: 'Picking' },
    action: { en: 'Move two pickers from zone B to WH-2' },
    explanation: { terms: [{ result: true }, { text: 'wip >= 10.0', result: true }] },
  })
})

test('a page of another host may not open a stream, this one and programs may', async () => {
  expect(await connect({ origin: 'http://evil.example' }).refused).toBe(403)
  await connect({ origin: gateway.url }).subscribed()
  await connect({ protocols: [] }).subscribed()
})

test('an unknown subprotocol and an unknown path are refused before the upgrade', async () => {
  expect(await connect({ protocols: ['xml.v9'] }).refused).toBe(400)
  const elsewhere = new WebSocket(`${gateway.url.replace('http', 'ws')}/elsewhere`)
  sockets.push(elsewhere)
  elsewhere.on('error', () => elsewhere.terminate())
  const status = await new Promise(resolve =>
    elsewhere.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
  )
  expect(status).toBe(404)
})

test('an oversized frame, a malformed one and a flood end the stream for good', async () => {
  const large = connect()
  await large.subscribed()
  large.say('x'.repeat(70_000))
  expect((await large.closed).code).toBe(1009)

  const malformed = connect()
  await malformed.subscribed()
  malformed.say('{"type":"subscribe","processes":7}')
  expect((await malformed.closed).code).toBe(3501)

  const flood = connect()
  await flood.subscribed()
  for (let count = 0; count < 100; count += 1) flood.say({ type: 'ping' })
  expect((await flood.closed).code).toBe(3501)
})

test('a client that never subscribes, and one that answers no ping, are let go', async () => {
  await gateway.close()
  gateway = await start({ subscribeWithinMs: 30 })
  expect((await connect().closed).code).toBe(3502)
  await gateway.close()
  gateway = await start({ pingEveryMs: 30, pongWithinMs: 15 })
  const url = `${gateway.url.replace('http', 'ws')}/api/v1/stream`
  const silent = new WebSocket(url, ['json.v1'], { autoPong: false })
  sockets.push(silent)
  silent.once('message', () => silent.send('{"type":"subscribe"}'))
  expect(await new Promise(resolve => silent.once('close', resolve))).toBe(1006)
})

test('a client that reads nothing is closed when an alert does not fit, the others lose nothing', async () => {
  await gateway.close()
  // However slow the machine, the client has the time to read the close.
  gateway = await start({ closeWithinMs: 600_000 })
  const slow = connect()
  await slow.subscribed()
  const healthy = connect()
  await healthy.subscribed()
  slow.socket.pause()
  // More than the sockets' own buffers on both sides and the bound together.
  const alerts = 12_000
  for (let number = 1; number <= alerts; number += 1) {
    engine.announce(firing(number))
    // A client in this very process can only read while nothing is announced: unpaced, it would be a slow one too.
    if (number % 200 === 0) await healthy.alerts(number)
  }
  slow.socket.resume()
  expect(await slow.closed).toMatchObject({ code: 3008 })
  const got = slow.received.filter(({ type }) => type === 'alert').length
  expect(got).toBeGreaterThan(0)
  expect(got).toBeLessThan(alerts)
})

test('a port in use is said with what to do', async () => {
  const port = Number(new URL(gateway.url).port)
  await expect(start({}, port)).rejects.toMatchObject({
    message: expect.stringContaining(`port ${port} is in use by another program`),
    remedy: 'stop it or choose another port (--port, or http.port in the configuration)',
  })
  expect(engine.listeners).toBe(3)
})

test('a page that has not been built is said with what to do', async () => {
  assets = join(assets, 'nowhere')
  await expect(start()).rejects.toMatchObject({
    message: expect.stringContaining(`the page is not in ${assets}`),
    remedy: 'build it with `npm run build:dashboard`',
  })
})

test('closing tells every client, ends within two seconds and lets the engine go', async () => {
  const client = connect()
  await client.subscribed()
  const stuck = connect()
  await stuck.subscribed()
  stuck.socket.pause()
  const begun = performance.now()
  await gateway.close()
  expect(performance.now() - begun).toBeLessThan(2_000)
  expect(await client.closed).toMatchObject({ code: 3001 })
  expect(engine.listeners).toBe(0)
  gateway = await start()
})

test('the API answers in the shapes of the protocol', async () => {
  history.recorded.push(firing(1))
  engine.announce(firing(1))
  const json = async (path: string) => {
    const response = await get(path)
    expect(response.status, path).toBe(200)
    return readJson(response)
  }
  const statistics = processStatisticsSchema.parse(await json('/api/v1/processes/quick-delivery/statistics'))
  expect(statistics.stages.map(({ stage }) => stage)).toEqual(quickDelivery.stages.map(({ name }) => name))
  expect(statistics.stages[1]?.segments[0]).toMatchObject({ total: true, target_ms: 180_000 })
  const { alerts } = await json('/api/v1/alerts')
  expect(alerts.map((alert: unknown) => alertSchema.parse(alert).id)).toEqual(['alert-1'])
  expect((await json('/api/v1/alerts/alert-1')).transitions).toHaveLength(1)
  expect((await json('/api/v1/processes')).processes[0].stages[1].owner_title.en).toBe('Warehouse operations')
  const status = detailedStatusSchema.parse(await json('/api/v1/status'))
  expect(status.processes[0]?.partitions[0]?.counts).toMatchObject({ consumed: 1_204_345, late_applied: 0 })
  const timeline = caseTimelineSchema.parse(await json('/api/v1/processes/quick-delivery/cases/ORD-20417'))
  expect(timeline.visits.map(({ outcome }) => outcome)).toContain('open')
  const series = stageHistorySchema.parse(
    await json('/api/v1/processes/quick-delivery/stages/picking/history?from=2026-11-23T06:00:00Z&step=60s'),
  )
  expect(series.points).toHaveLength(60)
  expect(series.points.at(-1)?.wip).toBe(36)
  const segment = encodeURIComponent('{"warehouse":"WH-2"}')
  const part = await json(`/api/v1/processes/quick-delivery/stages/picking/history?segment=${segment}`)
  expect(stageHistorySchema.parse(part).points.every(({ wip }) => wip === null)).toBe(true)
  expect(await (await get('/metrics')).text()).toBe('stagewatch_up 1\n')
})

test('a case tells of each visit when it is due and how it stands to that', async () => {
  const visits = await history.visitsOfCase('quick-delivery', 'ORD-20417')
  const lead = visits.find(({ stage }) => stage === 'lead_time')!
  engine.setDeadlines('ORD-20417', [
    {
      stage: 'lead_time',
      start: lead.start,
      due: instant(lead.start + 1_800_000),
      state: 'on_time',
      chance: { low: 0.25, high: 0.5 },
      level: 0.6,
      within: { stage: 'handover', isLeft: true },
    },
  ])
  const timeline = caseTimelineSchema.parse(
    await readJson(await get('/api/v1/processes/quick-delivery/cases/ORD-20417')),
  )
  const deadlineOf = (name: string) => timeline.visits.find(({ stage }) => stage === name)!.deadline
  expect(deadlineOf('lead_time')).toEqual({
    due_at: new Date(lead.start + 1_800_000).toISOString(),
    state: 'on_time',
    late: { low: 0.25, high: 0.5, level: 0.6, within: { stage: 'handover', left: true } },
  })
  const picking = visits.find(({ stage }) => stage === 'picking')!
  const targetMs = quickDelivery.stages.find(({ name }) => name === 'picking')!.target!.defaultMs!
  // It took longer than its target says.
  expect(deadlineOf('picking')).toEqual({
    due_at: new Date(picking.start + targetMs).toISOString(),
    state: 'met_late',
    late: null,
  })
})

test('a rule is explained at a segment, whether it fires or not', async () => {
  const segment = { warehouse: 'WH-2' }
  const firing = {
    id: 'x',
    rule: 'picking_slow',
    segment,
    state: 'firing',
    from: 'pending',
    at: now,
    since: now,
    value: 1,
  } as const
  const { explanation } = alertOf(firing)
  engine.explained.set('quick-delivery picking_slow', {
    rule: 'picking_slow',
    measure: undefined,
    deviationOf: undefined,
    labels: segment,
    at: now,
    phase: 'inactive',
    alert: undefined,
    summary: undefined,
    explanation,
    quiet: [
      { kind: 'too-few-samples', samples: 12, needed: 20 },
      { kind: 'in-grace', until: undefined },
      { kind: 'pending', heldMs: 180_000, neededMs: 300_000 },
    ],
  })
  const path = '/api/v1/processes/quick-delivery/rules/picking_slow/explanation'
  const answer = await readJson(await get(`${path}?segment=${encodeURIComponent('{"warehouse":"WH-2"}')}`))
  const said = ruleExplanationSchema.parse(answer)
  expect(said).toMatchObject({
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    state: 'inactive',
    alert: null,
  })
  expect(said.quiet).toEqual([
    { kind: 'too-few-samples', text: { en: 'samples 12 of 20', zh: '样本 12，需要 20' }, samples: 12, needed: 20 },
    {
      kind: 'in-grace',
      text: { en: 'the segment has not been seen for as long as grace', zh: '该细分出现的时间尚未达到 grace' },
      until: null,
    },
    {
      kind: 'pending',
      text: { en: 'pending 3m of 5m', zh: '已持续 3 分钟，需要 5 分钟' },
      held_ms: 180_000,
      needed_ms: 300_000,
    },
  ])
})

test('what cannot be answered says why and what to do', async () => {
  const stage = '/api/v1/processes/quick-delivery/stages/picking/history'
  const rule = '/api/v1/processes/quick-delivery/rules/picking_slow/explanation'
  const wrong: [string, number, string][] = [
    ['/api/v1/nothing', 404, 'unknown-route'],
    ['/api/v1/processes/nope/statistics', 404, 'unknown-process'],
    ['/api/v1/processes/quick-delivery/stages/nope/history', 404, 'unknown-stage'],
    ['/api/v1/processes/quick-delivery/cases/nope', 404, 'unknown-case'],
    ['/api/v1/processes/quick-delivery/rules/nope/explanation', 404, 'unknown-rule'],
    [`${rule}`, 400, 'unknown-segment'],
    [`${rule}?segment={"warehouse":"WH-2","carrier":"x"}`, 400, 'unknown-segment'],
    [`${rule}?segment={"warehouse":"WH-2"}`, 409, 'not-judged-yet'],
    [`${rule}?segment=WH-2`, 400, 'bad-request'],
    ['/api/v1/alerts/nope', 404, 'unknown-alert'],
    ['/api/v1/alerts?colour=red', 400, 'bad-request'],
    [`${stage}?from=yesterday`, 400, 'bad-request'],
    [`${stage}?from=2026-11-23T08:00:00Z&to=2026-11-23T07:00:00Z`, 400, 'bad-request'],
    [`${stage}?step=7s`, 400, 'bad-request'],
    [`${stage}?step=10s&from=2026-01-01T00:00:00Z`, 400, 'bad-request'],
    [`${stage}?segment=WH-2`, 400, 'bad-request'],
  ]
  for (const [path, status, word] of wrong) {
    const response = await get(path)
    expect(response.status, path).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    const problem = problemSchema.parse(await response.json())
    expect(problem).toMatchObject({ type: `urn:stagewatch:problem:${word}`, status })
    expect(problem.remedy.length).toBeGreaterThan(5)
  }
})

test('a store that is away is said, and live numbers go on', async () => {
  history.visitsOfCase = () => Promise.reject(new Error('connection refused'))
  const response = await get('/api/v1/processes/quick-delivery/cases/ORD-1')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ type: 'urn:stagewatch:problem:store-unavailable' })
  expect((await get('/api/v1/processes/quick-delivery/statistics')).status).toBe(200)
})

test('it is ready only when history has been read and partitions are assigned', async () => {
  expect((await get('/readyz')).status).toBe(200)
  engine.evaluate(statusAt(now, 1_000, true), statisticsOf(1))
  const catchingUp = await get('/readyz')
  expect(catchingUp.status).toBe(503)
  expect((await readJson(catchingUp)).detail).toBe(
    'quick-delivery: catching up, at 2026-11-23T07:00:00.000Z, waiting for orders.events:1',
  )
  engine.evaluate(
    {
      ...statusAt(now),
      source: { kind: 'failed', reason: 'no broker answers', remedy: 'check it', retrying: true, since: now },
    },
    [],
  )
  expect((await readJson(await get('/readyz'))).detail).toBe('quick-delivery: no broker answers; check it')
  engine.evaluate({ ...statusAt(now), partitions: [] }, [])
  expect((await readJson(await get('/readyz'))).detail).toBe('quick-delivery: no partition is assigned yet')
  expect((await get('/livez')).status).toBe(200)
})

test('the page is served with its types and no inline code, hashed files for ever', async () => {
  const page = await get('/')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  const again = await get('/', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
  const script = await get('/assets/main-4f.js')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script.headers.get('cache-control')).toContain('immutable')
})

test('a name of another site that points at this machine is not answered', async () => {
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${gateway.url}/api/v1/alerts`, { headers: { host: 'evil.example' } }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.once('error', reject).end()
  })
  expect(status).toBe(421)
})
