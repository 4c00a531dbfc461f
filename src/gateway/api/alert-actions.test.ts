import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../../test/browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import { noSilences } from '../../../test/support/no-silences.ts'
import { instant } from '../../event/instant.ts'
import { actionAnswerSchema, alertHistorySchema } from '../../protocol/alert.ts'
import { type ServerMessage, serverMessageSchema } from '../../protocol/message.ts'
import { problemSchema } from '../../protocol/problem.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { ActionOutcome, ActionRequest } from './alert-actions.ts'

const now = instant(Date.UTC(2026, 10, 23, 7, 0, 0))
let assets: string
let engine: PlainEngine
let history: PlainHistory
let gateway: Gateway
let asked: ActionRequest[]
/** What comes of the next request; undefined: it is done. */
let outcome: (() => ActionOutcome) | undefined

beforeEach(async () => {
  assets = mkdtempSync(join(tmpdir(), 'stagewatch-page-'))
  writeFileSync(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  history = new PlainHistory(now)
  asked = []
  outcome = undefined
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    view: engine,
    owners,
    brokers: undefined,
    history,
    health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
    async act(request) {
      asked.push(request)
      if (outcome !== undefined) return outcome()
      const action = { ...request, id: request.id ?? 'drawn', process: 'quick-delivery', at: now }
      engine.act(action)
      return { outcome: 'done', action }
    },
    silences: noSilences,
    outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
    redrive: async () => 'unknown',
    metrics: async () => '',
    assets,
    logger: pino({ level: 'silent' }),
  })
  const transition = { rule: 'picking_slow', segment: { warehouse: 'WH-2' }, state: 'firing', from: 'pending' } as const
  engine.announce(alertOf({ ...transition, id: 'alert-1', at: now, since: now, value: 400_000 }))
})

afterEach(async () => {
  await gateway.close()
  rmSync(assets, { recursive: true })
})

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/api/v1/alerts/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const problemIn = async (response: Response) => problemSchema.parse(await response.json())

test('what people do is asked for in its words, answered with the alert, and listed with it', async () => {
  const requests = [
    ['acknowledge', { by: ' li.wei ', id: '1' }],
    ['assign', { by: 'ana', to: 'li.wei' }],
    ['snooze', { by: 'ana', until: '2026-11-23T16:00:00+08:00' }],
    ['comment', { by: 'li.wei', text: '已处理' }],
    ['feedback', { by: 'ana', verdict: 'false_alarm' }],
    ['resolve', { by: 'ana', cause: 'partner', text: ' truck broke down ' }],
  ] as const
  for (const [path, body] of requests) {
    const response = await post(`alert-1/${path}`, body)
    expect(response.status).toBe(200)
    const answer = actionAnswerSchema.parse(await response.json())
    expect([answer.action.kind, answer.repeated, answer.alert.id]).toEqual([path, false, 'alert-1'])
  }
  expect(asked[0]).toEqual({ kind: 'acknowledge', fields: {}, id: '1', alert: 'alert-1', by: 'li.wei' })
  const at = '2026-11-23T07:00:00.000Z'
  const { alerts } = (await (await fetch(`${gateway.url}/api/v1/alerts`)).json()) as { alerts: object[] }
  expect(alerts[0]).toMatchObject({
    state: 'firing',
    acknowledged: { by: 'li.wei', at },
    assigned_to: 'li.wei',
    snoozed_until: '2026-11-23T08:00:00.000Z',
    comments: [{ by: 'li.wei', at, text: '已处理' }],
    feedback: { by: 'ana', at, verdict: 'false_alarm' },
    resolution: { by: 'ana', at, cause: 'partner', text: 'truck broke down' },
  })
  const listed = await (await fetch(`${gateway.url}/api/v1/alerts/alert-1`)).json()
  expect(alertHistorySchema.parse(listed).actions.map(({ kind, fields }) => [kind, fields])).toEqual([
    ['acknowledge', {}],
    ['assign', { to: 'li.wei' }],
    ['snooze', { until: '2026-11-23T08:00:00.000Z' }],
    ['comment', { text: '已处理' }],
    ['feedback', { verdict: 'false_alarm' }],
    ['resolve', { cause: 'partner', text: 'truck broke down' }],
  ])
})

test('pages are told what somebody did as they are of transitions, without a hole', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v1/stream`, ['json.v1'])
  const told = new Promise<ServerMessage[]>(resolve => {
    const messages: ServerMessage[] = []
    socket.on('message', async data => {
      const message = serverMessageSchema.parse(JSON.parse(String(data)))
      messages.push(message)
      if (message.type === 'hello') socket.send('{"type":"subscribe"}')
      if (message.type === 'snapshot') await post('alert-1/acknowledge', { by: 'ana' })
      if (message.type === 'alert') resolve(messages)
    })
  })
  const messages = await told
  socket.terminate()
  const snapshot = messages.find(({ type }) => type === 'snapshot')
  const alert = messages.at(-1)
  if (alert?.type !== 'alert' || snapshot?.type !== 'snapshot') throw new Error('no alert came')
  expect(alert.alert.acknowledged?.by).toBe('ana')
  expect(alert.alert_offset).toBe(snapshot.alert_offset + 1)
})

test('an id is taken from the header or the body', async () => {
  await post('alert-1/acknowledge', { by: 'ana' }, { 'idempotency-key': 'key-1' })
  await post('alert-1/acknowledge', { by: 'ana', id: 'key-2' }, { 'idempotency-key': 'key-2' })
  expect(asked.map(({ id }) => id)).toEqual(['key-1', 'key-2'])
  const problem = await problemIn(await post('alert-1/acknowledge', { by: 'ana', id: 'a' }, { 'idempotency-key': 'b' }))
  expect(problem.detail).toContain('Idempotency-Key is not the `id` of the body')
})

test.each([
  ['acknowledge', '{"by":', 'JSON'],
  ['acknowledge', {}, '`by` is missing'],
  ['acknowledge', { by: ' ' }, '`by` is empty'],
  ['acknowledge', { by: 'ana', until: 1 }, 'unknown field `until`'],
  ['comment', { by: 'ana', text: 'x'.repeat(2_001) }, '`text` is longer than 2000 characters'],
  ['assign', { by: 'ana' }, '`to`'],
  ['feedback', { by: 'ana', verdict: 'bad' }, '`verdict` is neither useful nor false_alarm'],
  ['snooze', { by: 'ana', until: 'tomorrow' }, '`until` is no time'],
  ['resolve', { by: 'ana', cause: 'bad luck' }, '`cause` is none of staff, equipment'],
  ['resolve', { by: 'ana', cause: 'other' }, '`text` is missing'],
  ['comment', [], 'the body is no JSON object'],
])('%s with a wrong body is refused and does nothing: %j', async (path, body, detail) => {
  const response = await post(`alert-1/${path}`, body)
  expect(response.status).toBe(400)
  expect((await problemIn(response)).detail).toContain(detail)
  expect(asked).toEqual([])
})

test.each([
  ['unknown-alert', 404, 'unknown-alert'],
  ['is-over', 409, 'alert-is-over'],
  ['is-pending', 409, 'alert-is-pending'],
  ['not-acknowledged', 409, 'not-acknowledged'],
  ['snooze-out-of-range', 400, 'bad-request'],
  ['too-many', 409, 'too-many-actions'],
  ['id-taken', 409, 'id-taken'],
  ['busy', 503, 'journal-unavailable'],
] as const)('%s is answered with %i', async (word, status, type) => {
  outcome = () => ({ outcome: word })
  const response = await post('alert-1/acknowledge', { by: 'ana' })
  expect(response.status).toBe(status)
  const problem = await problemIn(response)
  expect(problem.type).toBe(`urn:stagewatch:problem:${type}`)
  expect(problem.remedy).not.toBe('')
})

test('what cannot be made durable does not count, and may be asked for again', async () => {
  outcome = () => {
    throw new Error('ENOSPC')
  }
  const response = await post('alert-1/acknowledge', { by: 'ana' })
  expect([response.status, (await problemIn(response)).remedy]).toEqual([
    503,
    expect.stringContaining('ask again with the same id'),
  ])
})

test('a page of another site changes nothing, with or without a form', async () => {
  const foreign = await post('alert-1/acknowledge', { by: 'ana' }, { origin: 'https://evil.example' })
  expect([foreign.status, (await problemIn(foreign)).type]).toEqual([403, 'urn:stagewatch:problem:wrong-origin'])
  // The origin of a sandboxed frame.
  expect((await post('alert-1/acknowledge', { by: 'ana' }, { origin: 'null' })).status).toBe(403)
  const form = await post('alert-1/acknowledge', '{"by":"ana"}', { 'content-type': 'text/plain' })
  expect(form.status).toBe(415)
  expect(asked).toEqual([])
  expect((await post('alert-1/acknowledge', { by: 'ana' }, { origin: gateway.url })).status).toBe(200)
})
