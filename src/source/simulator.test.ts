import { expect, test } from 'vitest'
import { RecordingListener } from '../../test/support/source/recording-listener.ts'
import { newPlan, OFFSETS_PER_MS } from './simulation-plan.ts'
import { openSimulator } from './simulator.ts'

const startedAt = Date.UTC(2026, 10, 23, 12)
const near = (startedAt - 60_000) * OFFSETS_PER_MS

test('the past comes as fast as it is taken, then the present, and the end of the log is now', async () => {
  let now = startedAt
  const listener = new RecordingListener({ 'orders.events:0': near })
  const source = openSimulator({ topic: 'orders.events', plan: newPlan(startedAt), now: () => now })
  await source.start(listener)
  await listener.until(() => listener.isAtEnd('orders.events:0'))
  const backfilled = listener.records.length
  expect(backfilled).toBeGreaterThan(10_000)
  expect(listener.batches[0]!.records).toHaveLength(2_000)
  expect(listener.ends.get('orders.events:0')!.readTo).toBe(startedAt * OFFSETS_PER_MS)
  expect(listener.records.every(({ timestamp }) => timestamp! < now)).toBe(true)

  now += 1_000
  await listener.until(() => listener.ends.get('orders.events:0')!.readTo === now * OFFSETS_PER_MS)
  expect(listener.records.length - backfilled).toBeGreaterThan(130)
  expect(listener.records.length - backfilled).toBeLessThan(290)
  expect(listener.records.at(-1)!.notAfter).toBe(listener.records.at(-1)!.timestamp! + 600_000)
  await source.stop()
  await source.finished
})

test('a busy listener holds the simulator back, and stopping does not wait for it', async () => {
  const listener = new RecordingListener({ 'orders.events:0': near })
  listener.hold('orders.events:0')
  const source = openSimulator({ topic: 'orders.events', plan: newPlan(startedAt), now: () => startedAt })
  await source.start(listener)
  await listener.until(() => listener.batches.length === 1)
  await source.stop()
  await source.finished
  listener.release('orders.events:0')
  await new Promise(setImmediate)
  expect(listener.batches).toHaveLength(1)
})

test('what the listener throws ends the source', async () => {
  const listener = new RecordingListener({ 'orders.events:0': near })
  listener.batch = async () => {
    throw new Error('the disk is full')
  }
  const source = openSimulator({ topic: 'orders.events', plan: newPlan(startedAt), now: () => startedAt })
  await source.start(listener)
  await expect(source.finished).rejects.toThrow('the disk is full')
  await source.stop()
})
