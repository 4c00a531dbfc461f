import { expect, test } from 'vitest'
import type { ProcessStatus } from '../../protocol/status.ts'
import { freshness } from './freshness.ts'
import type { Connection } from './stream-client.ts'

const now = Date.parse('2026-11-23T07:00:00.000Z')
const open: Connection = { phase: 'open' }
const shown = (status: Partial<ProcessStatus>, catchingUpFrom?: number, evaluateEveryMs = 1_000) => ({
  status: {
    process: 'p',
    source: { state: 'connected' as const, since: new Date(now).toISOString(), problem: null, remedy: null },
    evaluated_at: new Date(now - 1_000).toISOString(),
    watermark: null,
    catching_up: false,
    cases_in_memory: 1,
    partition_count: 1,
    unknown_ends: 0,
    events_counted: 1,
    dead_letters: 0,
    ...status,
  },
  evaluateEveryMs,
  catchingUpFrom,
})
const aged = (ms: number) => ({ evaluated_at: new Date(now - ms).toISOString() })

test('numbers up to five seconds old are fresh, older ones are stale', () => {
  expect(freshness(open, true, shown(aged(5_000)), now, now)).toEqual({ kind: 'fresh', ageMs: 5_000 })
  expect(freshness(open, true, shown(aged(5_001)), now, now)).toEqual({ kind: 'stale', ageMs: 5_001 })
})

test('a process that is evaluated rarely is stale only after three misses', () => {
  expect(freshness(open, true, shown(aged(29_000), undefined, 10_000), now, now).kind).toBe('fresh')
  expect(freshness(open, true, shown(aged(31_000), undefined, 10_000), now, now).kind).toBe('stale')
})

test('a lost connection outweighs everything else', () => {
  const waiting: Connection = { phase: 'waiting', since: now - 4_000, retryAt: now + 2_000 }
  expect(freshness(waiting, true, shown({ catching_up: true }), now, now)).toEqual({
    kind: 'disconnected',
    forMs: 4_000,
    retryInMs: 2_000,
  })
})

test('a source that cannot be read makes numbers old, also while history is read', () => {
  const since = new Date(now - 30_000).toISOString()
  const source = { state: 'retrying' as const, since, problem: 'no broker answers', remedy: 'check kafka.brokers' }
  const away = { kind: 'source-away', forMs: 30_000, problem: 'no broker answers', remedy: 'check kafka.brokers' }
  expect(freshness(open, true, shown({ source }), now, now)).toEqual({ ...away, retrying: true })
  expect(freshness(open, true, shown({ source, catching_up: true }), now, now).kind).toBe('source-away')
  const broken = { ...source, state: 'failed' as const }
  expect(freshness(open, true, shown({ source: broken }), now, now)).toEqual({ ...away, retrying: false })
})

test('a page that opens is given a few seconds before it says that it is disconnected', () => {
  const connecting = (since: number): Connection => ({ phase: 'connecting', since })
  expect(freshness(connecting(now - 4_000), false, undefined, now, now).kind).toBe('opening')
  expect(freshness(connecting(now - 6_000), false, undefined, now, now).kind).toBe('disconnected')
  expect(freshness(connecting(now), true, undefined, now, now).kind).toBe('disconnected')
})

test('catching up says how much of the way is done', () => {
  const state = freshness(open, true, shown({ catching_up: true, ...aged(1_000) }, now - 4_000), now, now)
  expect(state).toEqual({ kind: 'catching-up', at: now - 1_000, of: now, progress: 0.75 })
  expect(freshness(open, true, shown({ catching_up: true, evaluated_at: null }), now, now)).toMatchObject({
    at: undefined,
    progress: undefined,
  })
})
