import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../../test/browser/plain-history.ts'
import { owners, quickDelivery } from '../../../test/browser/quick-delivery.ts'
import { noSilences } from '../../../test/support/no-silences.ts'
import { instant } from '../../event/instant.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { HandedInBatch, TakenIn } from './events.ts'

const now = instant(Date.UTC(2026, 10, 23, 7))
const assets = mkdtempSync(join(tmpdir(), 'stagewatch-page-'))
let gateway: Gateway
let topics: string[]
let taken: HandedInBatch[]
let outcome: TakenIn | Error

beforeAll(async () => {
  writeFileSync(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, assets, owners, silences: noSilences },
    view: new PlainEngine([quickDelivery]),
    brokers: undefined,
    ingest: {
      get topics() {
        return topics
      },
      async take(batch) {
        taken.push(batch)
        if (outcome instanceof Error) throw outcome
        return outcome
      },
    },
    history: new PlainHistory(now),
    health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
    metrics: async () => '',
    act: async () => ({ outcome: 'unknown-alert' }),
    outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
    redrive: async () => 'unknown',
    logger: pino({ level: 'silent' }),
  })
})

afterAll(async () => {
  await gateway.close()
  rmSync(assets, { recursive: true })
})

beforeEach(() => {
  topics = ['orders']
  taken = []
  outcome = { outcome: 'kept', at: { partition: 0, firstOffset: 7 }, rejectedCount: 0, rejected: [] }
})

async function send(
  body: string,
  { query = '', type = 'application/x-ndjson', ...headers }: Record<string, string> = {},
) {
  const response = await fetch(`${gateway.url}/api/v1/events${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
  })
  return { status: response.status, again: response.headers.get('retry-after'), answer: await response.json() }
}

test('what is durable is answered with where it lies, and with what cannot be counted of it', async () => {
  expect(await send('{"a":1}\n{"b":2}\n')).toEqual({
    status: 202,
    again: null,
    answer: {
      topic: 'orders',
      partition: 0,
      first_offset: 7,
      accepted: 2,
      repeated: false,
      rejected_count: 0,
      rejected: [],
    },
  })
  const rejected = [{ line: 2, process: 'orders', reason: 'not-json', detail: 'it is none' }]
  outcome = { outcome: 'repeated', at: undefined, rejectedCount: 30, rejected }
  expect((await send('{"a":1}\n{"b":2}\n')).answer).toEqual({
    ...{ topic: 'orders', accepted: 2, repeated: true, rejected_count: 30, rejected },
  })
})

test('a batch is named by the header, or else by its CloudEvents', async () => {
  await send('{"a":1}')
  await send('{"a":1}', { 'idempotency-key': 'mine', query: '?topic=orders&key=A-1' })
  const events = JSON.stringify([{ id: '1', source: '/shop', partitionkey: 'A-2' }])
  await send(events, { type: 'application/cloudevents-batch+json' })
  await send(events, { type: 'application/cloudevents-batch+json; charset=utf-8', 'idempotency-key': 'mine' })
  expect(taken.map(({ id, key, areCloudEvents }) => [id, key, areCloudEvents])).toEqual([
    [undefined, undefined, false],
    ['mine', 'A-1', false],
    [expect.stringMatching(/^ce-/), undefined, true],
    ['mine', undefined, true],
  ])
  expect(taken[2]?.records.map(({ key }) => key)).toEqual(['A-2'])
  expect(await send('{}', { 'idempotency-key': 'x'.repeat(201) })).toMatchObject({
    status: 400,
    answer: { detail: 'Idempotency-Key is longer than 200 characters', remedy: expect.stringContaining('choose') },
  })
})

test.each([
  ['', 'the body is empty'],
  ['\n\n', 'the body holds no record'],
  ['[{"a":1}', 'the body is no array of JSON objects'],
])('nothing is taken of %j: %s', async (body, detail) => {
  const type = body.startsWith('[') ? 'application/json' : 'application/x-ndjson'
  expect(await send(body, { type })).toMatchObject({ status: 400, answer: { detail } })
  expect(taken).toEqual([])
})

test('too many records at once are refused', async () => {
  expect(await send('1\n'.repeat(10_000))).toMatchObject({ status: 202, answer: { accepted: 10_000 } })
  expect(await send('1\n'.repeat(10_001))).toMatchObject({
    status: 413,
    answer: { detail: 'the body holds 10001 records, and 10000 are the most that are taken at once' },
  })
})

test('the topic has to be one that takes events, and to be named where several do', async () => {
  expect(await send('{}', { query: '?topic=parcels' })).toMatchObject({
    status: 404,
    answer: { detail: 'topic parcels takes no events by HTTP', remedy: 'name one of: orders' },
  })
  topics = ['orders', 'parcels']
  expect(await send('{}')).toMatchObject({ status: 400, answer: { remedy: 'name one of: orders, parcels' } })
  expect(await send('{}', { query: '?topic=parcels' })).toMatchObject({ status: 202, answer: { topic: 'parcels' } })
  topics = []
  expect(await send('{}')).toMatchObject({ status: 404, answer: { detail: 'no topic takes events by HTTP here' } })
})

const why = { reason: 'it is so', remedy: 'do something' }
test.each([
  ['id-taken', { outcome: 'id-taken' }, 409, 'id-taken', null],
  ['too long', { outcome: 'too-long', ...why }, 413, 'too-large', null],
  ['a full log', { outcome: 'full', reason: 'it is so' }, 429, 'log-is-full', '5'],
  ['Kafka away', { outcome: 'kafka-away', ...why }, 503, 'kafka-unavailable', '2'],
  ['a disk that fails', new Error('EIO'), 503, 'journal-unavailable', '2'],
] as const)('%s is refused with what to do', async (_what, given, status, word, again) => {
  outcome = given
  const refused = await send('{}')
  expect(refused).toMatchObject({ status, again, answer: { type: `urn:stagewatch:problem:${word}` } })
  expect((refused.answer as { remedy: string }).remedy).not.toBe('')
})
