import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../../test/browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import type { KeptSilence } from '../../alerts/silence.ts'
import { instant } from '../../event/instant.ts'
import { problemSchema } from '../../protocol/problem.ts'
import { silenceAnswerSchema, silenceListSchema, silenceSchema } from '../../protocol/silence.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { SilenceOutcome, SilenceRequest } from './silences.ts'

const now = instant(Date.now())
const HOUR = 3_600_000
let assets: string
let gateway: Gateway
let engine: PlainEngine
let asked: SilenceRequest[]
let kept: KeptSilence[]
/** What comes of the next request; undefined: it is done. */
let outcome: (() => SilenceOutcome) | undefined

const silence = (id: string, startsAt: number, endsAt: number): KeptSilence => ({
  id,
  matchers: [{ name: 'warehouse', value: 'WH-2', isEqual: true, isRegex: false }],
  startsAt: instant(startsAt),
  endsAt: instant(endsAt),
  createdBy: 'ana',
  comment: 'moving shelves',
  createdAt: now,
  expired: undefined,
})

beforeEach(async () => {
  assets = mkdtempSync(join(tmpdir(), 'stagewatch-page-'))
  writeFileSync(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  asked = []
  kept = []
  outcome = undefined
  const done = (): SilenceOutcome => {
    if (outcome !== undefined) return outcome()
    return { outcome: 'done', silence: silence('s', now, now + HOUR) }
  }
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    view: engine,
    owners,
    brokers: undefined,
    history: new PlainHistory(now),
    health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
    act: async () => ({ outcome: 'unknown-alert' }),
    silences: {
      all: () => kept,
      alerts: () => new Map([['s', ['alert-1']]]),
      async create(request) {
        asked.push(request)
        return done()
      },
      expire: async () => done(),
    },
    outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
    redrive: async () => 'unknown',
    metrics: async () => '',
    assets,
    logger: pino({ level: 'silent' }),
  })
})

afterEach(async () => {
  await gateway.close()
  rmSync(assets, { recursive: true })
})

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/api/v1/silences${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const wanted = { matchers: ['warehouse="WH-2"'], duration: '2h', created_by: 'ana', comment: 'moving shelves' }

test('a silence is asked for in short or in the words of Alertmanager, and answered as it stands', async () => {
  const matchers = [
    'warehouse=~"WH-1|WH-2"',
    { name: 'severity', value: 'critical', isEqual: false },
    { name: 'alertname', value: 'picking.*', isRegex: true },
  ]
  const response = await post(
    '',
    { ...wanted, matchers, starts_at: '2026-11-23T16:00:00+08:00' },
    { 'idempotency-key': 'k' },
  )
  expect(response.status).toBe(200)
  const answer = silenceAnswerSchema.parse(await response.json())
  expect(answer).toMatchObject({ repeated: false, silence: { id: 's', state: 'active', alerts: ['alert-1'] } })
  expect(asked).toEqual([
    {
      id: 'k',
      matchers: [
        { name: 'warehouse', value: 'WH-1|WH-2', isEqual: true, isRegex: true },
        { name: 'severity', value: 'critical', isEqual: false, isRegex: false },
        { name: 'alertname', value: 'picking.*', isEqual: true, isRegex: true },
      ],
      startsAt: Date.UTC(2026, 10, 23, 8),
      until: { duration: 2 * HOUR },
      createdBy: 'ana',
      comment: 'moving shelves',
    },
  ])
})

test.each([
  [{ ...wanted, matchers: undefined }, '`matchers` is missing'],
  [{ ...wanted, matchers: [] }, '`matchers` is empty'],
  [{ ...wanted, matchers: ['warehouse'] }, '`matchers.0` is no matcher'],
  [{ ...wanted, matchers: [7] }, '`matchers.0` is neither a text'],
  [{ ...wanted, matchers: ['warehose=x'] }, 'did you mean "warehouse"?'],
  [{ ...wanted, matchers: ['severity=info', 'warehouse=~"("'] }, '`matchers.1` "(" is no regular expression'],
  [{ ...wanted, matchers: ['warehouse!="WH-1"'] }, '`matchers` would silence every alert'],
  [{ ...wanted, matchers: Array.from({ length: 21 }, () => 'severity=info') }, 'more than 20 matchers'],
  [{ ...wanted, duration: '2 hours' }, '`duration` is no duration'],
  [{ ...wanted, duration: undefined }, '`ends_at` is missing, and so is `duration`'],
  [{ ...wanted, ends_at: '2026-11-23T08:00:00Z' }, '`ends_at` stands beside `duration`'],
  [{ ...wanted, comment: ' ' }, '`comment` is empty'],
  [{ ...wanted, created_by: undefined }, '`created_by` is missing'],
  [{ ...wanted, by: 'ana' }, 'unknown field `by`'],
])('a wrong one is refused and does nothing: %j', async (body, detail) => {
  const response = await post('', body)
  expect(response.status).toBe(400)
  const problem = problemSchema.parse(await response.json())
  expect(problem.detail).toContain(detail)
  expect(problem.remedy).toContain('created_by')
  expect(asked).toEqual([])
})

test.each([
  ['ends-out-of-range', 400, 'bad-request'],
  ['too-many', 409, 'too-many-silences'],
  ['id-taken', 409, 'id-taken'],
  ['busy', 503, 'journal-unavailable'],
  ['unknown-silence', 404, 'unknown-silence'],
  ['is-over', 409, 'silence-is-over'],
] as const)('%s is answered with %i', async (word, status, type) => {
  outcome = () => ({ outcome: word })
  for (const response of [await post('', wanted), await post('/s/expire', { by: 'ana' })]) {
    expect(response.status).toBe(status)
    expect(problemSchema.parse(await response.json()).type).toBe(`urn:stagewatch:problem:${type}`)
  }
})

test('what cannot be made durable does not count, and may be asked for again', async () => {
  outcome = () => {
    throw new Error('ENOSPC')
  }
  const response = await post('', wanted)
  expect(response.status).toBe(503)
  expect(problemSchema.parse(await response.json()).detail).toContain('the silence could not be made durable')
})

test('they are listed as they stand: in force, to come, over; by state where one is asked for', async () => {
  kept = [
    silence('over', now - 3 * HOUR, now - 2 * HOUR),
    silence('long', now, now + 9 * HOUR),
    silence('later', now + 2 * HOUR, now + 3 * HOUR),
    silence('s', now, now + HOUR),
    silence('just over', now - 3 * HOUR, now - HOUR),
    { ...silence('ended', now, now + HOUR), expired: { silence: 'ended', id: undefined, by: 'li.wei', at: now } },
  ]
  const list = async (query = '') =>
    silenceListSchema.parse(await (await fetch(`${gateway.url}/api/v1/silences${query}`)).json()).silences
  expect((await list()).map(({ id }) => id)).toEqual(['s', 'long', 'later', 'ended', 'just over', 'over'])
  expect((await list('?state=pending')).map(({ id }) => id)).toEqual(['later'])
  expect((await list('?state=expired'))[0]?.expired?.by).toBe('li.wei')
  const wrong = await fetch(`${gateway.url}/api/v1/silences?state=off`)
  expect([wrong.status, problemSchema.parse(await wrong.json()).detail]).toEqual([
    400,
    '`state` is none of pending, active, expired',
  ])
  const one = await fetch(`${gateway.url}/api/v1/silences/just%20over`)
  expect(silenceSchema.parse(await one.json()).state).toBe('expired')
  expect((await fetch(`${gateway.url}/api/v1/silences/gone`)).status).toBe(404)
})

test('an alert shows what silences it, for as long as that does', async () => {
  const transition = { rule: 'picking_slow', segment: { warehouse: 'WH-2' }, state: 'firing', from: 'pending' } as const
  engine.announce(alertOf({ ...transition, id: 'alert-1', at: now, since: now, value: 400_000 }))
  const shown = async () => {
    const { alerts } = (await (await fetch(`${gateway.url}/api/v1/alerts`)).json()) as { alerts: object[] }
    return alerts[0]
  }
  expect(await shown()).not.toHaveProperty('silenced_by')
  engine.mark('alert-1', { silencedBy: ['s'], inhibitedBy: undefined, flapping: undefined })
  expect(await shown()).toHaveProperty('silenced_by', ['s'])
})
