import { expect, test } from 'vitest'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { quickDelivery, statusAt } from '../../test/browser/quick-delivery.ts'
import type { ProcessStatus } from '../engine/view.ts'
import { instant } from '../event/instant.ts'
import type { DeadLetterSamples } from '../store/queries/dead-letter-samples.ts'
import { healthSchema } from './health.ts'
import { healthView } from './health-view.ts'
import type { OutboxView } from './notification-view.ts'

const at = instant(Date.UTC(2026, 10, 23, 7))
const nothing: OutboxView = { queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }

function healthOf(change: Partial<ProcessStatus>, letters?: DeadLetterSamples) {
  const view = new PlainEngine([quickDelivery])
  view.evaluate({ ...statusAt(at), ...change }, [])
  const found = healthView({
    view,
    health: { version: '1.2.3', startedAt: at, store: undefined },
    outbox: nothing,
    deadLetters: new Map(letters === undefined ? [] : [[quickDelivery.name, letters]]),
    saves: new Map([[quickDelivery.name, instant(at - 30_000)]]),
    notReady: [],
    at,
  })
  expect(healthSchema.parse(found)).toEqual(found)
  return found.processes[0]!
}

const held = { since: instant(at - 90_000), by: [{ topic: 'orders.events', partition: 1 }] }
const failed = { kind: 'failed', reason: 'no broker', remedy: 'start it', since: at } as const

test.each<[string, Partial<ProcessStatus>]>([
  ['live', {}],
  ['catching_up', statusAt(at, 1, true)],
  ['held', { held }],
  ['partial', { unknownEnds: held.by }],
  ['waiting', { partitions: [] }],
  ['retrying', { source: { ...failed, retrying: true }, held }],
  ['failed', { source: { ...failed, retrying: false }, partitions: [] }],
])('a process is %s', (state, change) => {
  expect(healthOf(change).state).toBe(state)
})

test('what is behind, and by how much, is told of each partition and of all', () => {
  const health = healthOf(statusAt(at, 1, true))
  expect(health).toMatchObject({ lag_ms: 400, saved_at: '2026-11-23T06:59:30.000Z' })
  expect(health.partitions.map(({ lag_ms, behind, end_offset }) => [lag_ms, behind, end_offset])).toEqual([
    [0, 37_999, 640_000],
    [400, 37_998, 640_000],
  ])
  expect(health.catch_up).toEqual({ read: 602_001 + 602_002, of: 1_280_000 })
  // What came since the start is no history.
  const partitions = [
    [50, 40],
    [30, 40],
  ].map(([next, firstEnd]) => ({
    ...statusAt(at).partitions[0]!,
    progress: { next: next!, end: 60, begunAt: 10, firstEnd: firstEnd! },
  }))
  expect(healthOf({ partitions, catchingUp: true }).catch_up).toEqual({ read: 30 + 20, of: 60 })
  expect(health.held).toEqual({ since: null, by: held.by })
  expect(healthOf({})).toMatchObject({ catch_up: null, held: null })
  expect(healthOf({ held }).held?.since).toBe('2026-11-23T06:58:30.000Z')
  expect(healthOf({ held: { ...held, since: instant(at - 4_999) } })).toMatchObject({ state: 'live', held: null })
})

test('each reason has its number and a sample as text that steers nothing; without the store the numbers stay', () => {
  const partitions = statusAt(at).partitions.map(partition => ({
    ...partition,
    counts: { ...partition.counts, late: 20, ignored: 3, ignoredBy: { viewed: 2, paged: 1 } },
  }))
  const position = { topic: 'orders.events', partition: 0, offset: 7, storedAt: at }
  const letters: DeadLetterSamples = {
    samples: [
      {
        ...position,
        reason: 'late',
        detail: 'too late\u001b[2J',
        key: undefined,
        value: Buffer.from('{"a":\n"\u0007b"'),
        valueBytes: 4_000,
      },
    ],
    lacking: [],
  }
  const { rejected, lacking, unknown_activities, counts } = healthOf({ partitions }, letters)
  expect(rejected.map(({ reason, count }) => [reason, count])).toEqual([
    ['late', 40],
    ['missing-field', 24],
  ])
  expect(rejected[0]?.sample).toMatchObject({
    detail: 'too late\uFFFD[2J',
    key: null,
    value: '{"a":\n"\uFFFDb"',
    cut: true,
  })
  expect(rejected[1]?.sample).toBeNull()
  expect(lacking).toEqual([])
  expect(unknown_activities).toEqual([
    { activity: 'viewed', count: 4 },
    { activity: 'paged', count: 2 },
  ])
  expect(counts).toMatchObject({ duplicate: 4, late_applied: 0, counted: 2 * 1_204_331 })
  const away = healthOf({ partitions })
  expect([away.lacking, away.rejected.map(({ sample }) => sample)]).toEqual([null, [null, null]])
})
