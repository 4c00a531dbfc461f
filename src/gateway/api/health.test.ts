import { pino } from 'pino'
import { beforeEach, expect, test } from 'vitest'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../../test/browser/plain-history.ts'
import { quickDelivery, statusAt } from '../../../test/browser/quick-delivery.ts'
import { type Instant, instant } from '../../event/instant.ts'
import { healthSchema, type ProcessHealth } from '../../protocol/health.ts'
import { newServer } from '../server.ts'
import { type HealthSources, healthRoutes } from './health.ts'
import { addRoutes } from './route.ts'

const now = instant(Date.UTC(2026, 10, 23, 7))
let engine: PlainEngine
let history: PlainHistory

beforeEach(() => {
  engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), [])
  history = new PlainHistory(now)
})

async function health(savedAt?: NonNullable<HealthSources['savedAt']>): Promise<ProcessHealth> {
  const app = newServer('127.0.0.1', pino({ level: 'silent' }))
  const program = { version: '1.2.3', startedAt: now, store: undefined }
  const outbox = () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] })
  const sources = { view: engine, history, health: () => program, outbox, now: () => now }
  addRoutes(app, healthRoutes({ ...sources, ...(savedAt && { savedAt }) }))
  const response = await app.inject('/api/v1/health')
  expect(response.statusCode).toBe(200)
  await app.close()
  return healthSchema.parse(response.json()).processes[0]!
}

test('what is rejected has its sample; while the store is away all the rest is told', async () => {
  const found = await health()
  expect(found.rejected[0]).toMatchObject({ reason: 'missing-field', count: 24, sample: { offset: 600_412 } })
  expect(found.lacking).toEqual([{ detail: 'field "order_id" (the case) is missing', count: 24 }])
  history.deadLetterSamples = () => Promise.reject(new Error('connection refused'))
  const away = await health()
  expect(away).toMatchObject({ lag_ms: 400, lacking: null, rejected: [{ count: 24, sample: null }] })
})

test.each<[string, readonly (Instant | undefined)[], string | null]>([
  ['all are saved', [instant(now - 9_000), instant(now - 30_000)], '2026-11-23T06:59:30.000Z'],
  ['one never was', [instant(now - 9_000), undefined], null],
])('a process is saved as long ago as the partition that has waited longest: %s', async (_, saved, expected) => {
  expect((await health(async (_process, partition) => saved[partition])).saved_at).toBe(expected)
})

test('where nobody saves states, or that cannot be asked, it is not known', async () => {
  expect((await health()).saved_at).toBeNull()
  expect((await health(() => Promise.reject(new Error('away')))).saved_at).toBeNull()
})
