import { execFileSync, spawnSync } from 'node:child_process'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from '../../test/browser/quick-delivery.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import { SignIn } from '../gateway/access/sign-in.ts'
import { tokenHash } from '../gateway/access/static-tokens.ts'
import { PushLatency } from '../gateway/stream/push-latency.ts'
import { Delivery } from '../notify/delivery.ts'
import type { Receiver, SendOutcome } from '../notify/receiver.ts'
import type { StoreHealth } from '../store/writing/writer.ts'
import { createExporter } from './exporter.ts'

const now = instant(Date.UTC(2026, 10, 23, 7, 0, 0))
const ready: StoreHealth = { ok: true, writtenRows: 12, waitingRows: 4 }

const pushLatency = new PushLatency()
pushLatency.add('quick-delivery', 'alert', 40, now)
pushLatency.add('quick-delivery', 'alert', 70_000, now)

function exporterOf(
  engine: PlainEngine,
  storeHealth: () => StoreHealth | undefined = () => ready,
  delivery?: Delivery,
) {
  const given = { ...(delivery && { delivery }), pushLatency }
  return createExporter({ view: engine, storeHealth, ...given, version: '1.2.3', now: () => now })
}

function busyEngine(): PlainEngine {
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(instant(now - 3_000)), statisticsOf(4))
  const segment = { warehouse: 'WH-2' }
  const at = instant(now - 30_000)
  engine.announce(
    alertOf({
      id: 'a1',
      rule: 'picking_slow',
      segment,
      state: 'firing',
      from: 'pending',
      at,
      since: at,
      value: 400_000,
    }),
  )
  return engine
}

test('how long pushing took is a distribution of all pushes, those beyond every bound too', async () => {
  const exporter = exporterOf(busyEngine())
  await exporter.metrics()
  const lines = (await exporter.metrics()).split('\n').filter(line => line.includes('stagewatch_push_latency'))
  expect(lines.slice(1)).toEqual([
    '# TYPE stagewatch_push_latency_seconds histogram',
    ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'].map(
      (le, index) =>
        `stagewatch_push_latency_seconds_bucket{process="quick-delivery",message="alert",le="${le}"} ${[0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2][index]}`,
    ),
    'stagewatch_push_latency_seconds_sum{process="quick-delivery",message="alert"} 70.04',
    'stagewatch_push_latency_seconds_count{process="quick-delivery",message="alert"} 2',
  ])
})

test('samples say what the engine holds at the moment of the scrape', async () => {
  const text = await exporterOf(busyEngine()).metrics()
  expect(text).toContain(
    'stagewatch_records_total{process="quick-delivery",topic="orders.events",partition="1",result="rejected"} 12',
  )
  expect(text).toContain(
    'stagewatch_events_total{process="quick-delivery",topic="orders.events",partition="0",result="counted"} 1204331',
  )
  expect(text).toContain('stagewatch_evaluation_lag_seconds{process="quick-delivery"} 3\n')
  expect(text).toContain(
    'stagewatch_alerts{process="quick-delivery",rule="picking_slow",severity="critical",state="firing"} 1\n',
  )
  expect(text).toContain(
    'stagewatch_alerts{process="quick-delivery",rule="delivery_late",severity="warning",state="firing"} 0\n',
  )
  expect(text).toContain('stagewatch_stage_target_seconds{process="quick-delivery",stage="picking"} 180\n')
  expect(text).toContain(
    'stagewatch_segment_wip{process="quick-delivery",stage="picking",segment="warehouse=WH-2"} 33\n',
  )
  expect(text).toContain('stagewatch_source_up{process="quick-delivery"} 1\n')
  expect(text).toContain('stagewatch_partitions_end_unknown{process="quick-delivery"} 0\n')
  expect(text).toContain(
    'stagewatch_alerts{process="quick-delivery",rule="time_held",severity="critical",state="firing"} 0\n',
  )
  expect(text).toContain('stagewatch_store_rows_written_total 12\n')
  expect(text).toContain(`stagewatch_build_info{version="1.2.3",node="${process.version}"} 1\n`)
})

test('totals and segments are families of their own, so that a sum counts nothing twice', async () => {
  const text = await exporterOf(busyEngine()).metrics()
  const wip = [...text.matchAll(/^stagewatch_stage_wip\{(.*)\}/gm)].map(match => match[1])
  expect(wip).toHaveLength(quickDelivery.stages.length)
  expect(wip.some(labels => labels?.includes('segment'))).toBe(false)
})

test('a value that is gone at the next scrape leaves no sample behind', async () => {
  const engine = busyEngine()
  const exporter = exporterOf(engine)
  expect(await exporter.metrics()).toContain('segment="warehouse=WH-2"')
  engine.evaluate(statusAt(now), [])
  expect(await exporter.metrics()).not.toContain('segment="warehouse=WH-2"')
})

test('measures have an amount for each statistic, in total and by segment, and no word in their names is reserved', async () => {
  const engine = busyEngine()
  const values = { count: 12, sum: 130.5, avg: 10.875, p90: 20, distinct: 9 }
  engine.evaluate(statusAt(now), statisticsOf(1), [
    {
      measure: 'revenue',
      windowMs: durationMs(3_600_000),
      segments: [
        { segment: {}, total: true, values },
        { segment: { warehouse: 'WH-2' }, total: false, values: { count: 0, sum: 0 } },
      ],
      partial: false,
    },
  ])
  const text = await exporterOf(engine).metrics()
  const labels = 'process="quick-delivery",measure="revenue"'
  expect(text).toContain(`stagewatch_measure_events{${labels}} 12\n`)
  expect(text).toContain(`stagewatch_measure_amount{${labels},statistic="sum"} 130.5\n`)
  expect(text).toContain(`stagewatch_measure_percentile_amount{${labels},percentile="p90"} 20\n`)
  expect(text).toContain(`stagewatch_measure_distinct_values{${labels}} 9\n`)
  expect(text).toContain(`stagewatch_measure_segment_events{${labels},segment="warehouse=WH-2"} 0\n`)
  expect(text).toContain(`stagewatch_measure_window_seconds{${labels}} 3600\n`)
  expect(text).not.toMatch(/^stagewatch_measure_segment_amount\{.*statistic="avg"/m)
})

test('without a store there are no samples of one', async () => {
  expect(await exporterOf(busyEngine(), () => undefined).metrics()).not.toMatch(/^stagewatch_store_/m)
})

test('notifications are counted by what came of their attempts, and how long the oldest has waited', async () => {
  let settled = 0
  const message = (id: string, ageMs: number) => ({
    id,
    contactPoint: 'ops/webhook',
    tells: [{ alert: id, state: 'firing' as const }],
    body: null,
    at: instant(now - ageMs),
  })
  const outcomes: Readonly<Record<string, SendOutcome>> = {
    taken: { kind: 'acknowledged' },
    refused: { kind: 'refused', problem: 'HTTP 410' },
    failed: { kind: 'failed', problem: 'HTTP 500' },
  }
  const receiver: Receiver = {
    kind: 'webhook',
    target: 'x',
    rates: [],
    send: async ({ id }) => outcomes[id] as SendOutcome,
  }
  const delivery = new Delivery({
    receivers: new Map([['ops/webhook', receiver]]),
    settle: async () => void settled++,
    fail: error => expect.fail(error.message),
    giveUpAfterMs: durationMs(86_400_000),
    atOnce: 1,
    now: () => now,
    random: () => 0,
    logger: pino({ level: 'silent' }),
  })
  const text = () => exporterOf(busyEngine(), () => ready, delivery).metrics()
  const nothing = await text()
  for (const outcome of ['delivered', 'retried', 'dead']) {
    expect(nothing).toContain(`stagewatch_notifications_total{channel="webhook",outcome="${outcome}"} 0\n`)
  }
  expect(nothing).toContain('stagewatch_notifications_oldest_age_seconds{channel="webhook"} 0\n')
  delivery.add([message('taken', 9_000), message('refused', 8_000), message('failed', 7_000)])
  await vi.waitFor(() => expect([settled, delivery.queued()[0]?.attempts]).toEqual([2, 1]))
  const samples = await text()
  await delivery.stop(0)
  for (const outcome of ['delivered', 'retried', 'dead']) {
    expect(samples).toContain(`stagewatch_notifications_total{channel="webhook",outcome="${outcome}"} 1\n`)
  }
  expect(samples).toContain('stagewatch_notifications_queued{channel="webhook"} 1\n')
  expect(samples).toContain('stagewatch_notifications_oldest_age_seconds{channel="webhook"} 7\n')
})

test('a topic of dead letters has samples where there is one', async () => {
  const problem = { reason: 'it is away', remedy: 'wait' }
  const deadLetterHealth = () => ({ topic: 'dead', problem, waiting: 3, written: 2, refused: 1 })
  const options = { view: busyEngine(), storeHealth: () => ready, version: '1.2.3', now: () => now }
  const text = await createExporter({ ...options, deadLetterHealth }).metrics()
  const lines = text.split('\n').filter(line => line.startsWith('stagewatch_dead_letter_topic'))
  expect(lines).toEqual([
    'stagewatch_dead_letter_topic_up 0',
    'stagewatch_dead_letter_topic_waiting 3',
    'stagewatch_dead_letter_topic_written_total 2',
    'stagewatch_dead_letter_topic_refused_total 1',
  ])
  expect(await createExporter(options).metrics()).not.toMatch(/^stagewatch_dead_letter_topic/m)
})

test('before the first evaluation there are lags of nothing', async () => {
  const text = await exporterOf(new PlainEngine([quickDelivery])).metrics()
  expect(text).not.toMatch(/^stagewatch_evaluation_lag_seconds\{/m)
  expect(text).toContain('stagewatch_catching_up{process="quick-delivery"} 0\n')
})

test('segments past the bound are left out and counted', async () => {
  const engine = new PlainEngine([quickDelivery])
  const segments = Array.from({ length: 250 }, (_, index) => ({
    segment: { warehouse: `WH-${index}` },
    total: false,
    values: { wip: 1 },
  }))
  engine.evaluate(statusAt(now), [{ stage: 'picking', windowMs: quickDelivery.settleMs, segments, partial: false }])
  const text = await exporterOf(engine).metrics()
  expect([...text.matchAll(/^stagewatch_segment_wip\{/gm)]).toHaveLength(200)
  expect(text).toContain('stagewatch_stage_segments_left_out{process="quick-delivery",stage="picking"} 50\n')
})

const promtool = spawnSync('promtool', ['--version']).status === 0
const required = process.env.CI === 'true'

test.skipIf(!promtool && !required)(
  promtool || required
    ? 'promtool finds nothing to object to'
    : 'promtool finds nothing to object to (skipped: no promtool here)',
  async () => {
    const input = await exporterOf(busyEngine()).metrics()
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('')
  },
)

test('events by HTTP are told by topic, with what came of their batches', async () => {
  const none = { kept: 0, repeated: 0, 'id-taken': 0, 'too-long': 0, full: 0, 'kafka-away': 0, failed: 0 }
  const ingestCounts = () => [{ topic: 'orders', records: 120, rejected: 3, batches: { ...none, kept: 2, full: 1 } }]
  const options = { view: busyEngine(), storeHealth: () => ready, version: '1.2.3', now: () => now }
  const text = await createExporter({ ...options, ingestCounts }).metrics()
  for (const line of [
    'stagewatch_ingest_records_total{topic="orders"} 120',
    'stagewatch_ingest_rejected_records_total{topic="orders"} 3',
    'stagewatch_ingest_batches_total{topic="orders",outcome="kept"} 2',
    'stagewatch_ingest_batches_total{topic="orders",outcome="full"} 1',
  ]) {
    expect(text).toContain(line)
  }
  expect(await createExporter(options).metrics()).not.toContain('stagewatch_ingest_records_total{')
})

test('sessions and refusals are counted where people sign in, and have no samples elsewhere', async () => {
  const signIn = new SignIn({
    tokens: [{ name: 'ana', role: 'viewer', owners: undefined, sha256: tokenHash('right') }],
    limits: { failedSignInsPerMinute: 1, streamsOfVisitor: 1 },
  })
  const from = (token: string, remoteAddress: string) =>
    ({ headers: { authorization: `Bearer ${token}` }, socket: { remoteAddress } }) as never
  const { visitor } = await signIn.begin('right', from('right', '127.0.0.1'))
  signIn.openStream(visitor, from('right', '127.0.0.1'))
  signIn.openStream(visitor, from('right', '127.0.0.1'))
  await signIn.visitorOf(from('wrong', '203.0.113.9'))
  await signIn.visitorOf(from('wrong', '203.0.113.9'))
  const options = { view: busyEngine(), storeHealth: () => ready, signIn, version: '1.2.3', now: () => now }
  const text = await createExporter(options).metrics()
  expect(text).toContain('stagewatch_sessions 1\n')
  expect(text).toContain('stagewatch_access_refused_total{reason="not-signed-in"} 1\n')
  expect(text).toContain('stagewatch_access_refused_total{reason="too-many-sign-ins"} 1\n')
  expect(text).toContain('stagewatch_access_refused_total{reason="too-many-streams"} 1\n')
  expect(text).toContain('stagewatch_access_refused_total{reason="sign-in-unavailable"} 0\n')
  expect(await exporterOf(busyEngine()).metrics()).not.toMatch(/^stagewatch_(sessions|access)/m)
})
