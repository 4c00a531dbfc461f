import { expect, test } from 'vitest'
import { MAX_STEPS_A_GAP } from '../../src/engine/evaluation-clock.ts'
import { LiveView } from '../../src/engine/live-view.ts'
import { END_UNKNOWN_AFTER_MS } from '../../src/engine/partition.ts'
import { instant } from '../../src/event/instant.ts'
import { makeRule } from '../model/process.ts'
import { atOnce, replay, replayEngine } from './delivery.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const hour = 60 * minute
/** Some Tuesday, on the edge of a pane. */
const noon = Date.UTC(2026, 4, 5, 12)

const anyOpen = makeRule({ name: 'any_open', window: minute, when: 'wip >= 1.0' })

const of = (partition: number) => ({ topic: 'events', partition })

test('a partition at its end does not hold time back', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const quiet = clocked.assign(of(0))
  const busy = clocked.assign(of(1))
  clocked.append(quiet, [order(noon - hour, 'q')])
  clocked.append(busy, [order(noon - hour, 'b'), order(noon, 'c')])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
})

test('a partition that is behind holds time at its watermark', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const slow = clocked.assign(of(0))
  const busy = clocked.assign(of(1))
  clocked.append(slow, [order(noon - hour, 's')], 5)
  clocked.append(busy, [order(noon - hour, 'b'), order(noon, 'c')])
  expect(clocked.settle().at).toEqual([])
  clocked.append(slow, [order(noon - hour + 25_000, 't')], 4)
  // The next record of the slow one may be of the pane that fills, so its T has to wait.
  expect(clocked.settle().at).toEqual([noon - hour + 10_000, noon - hour + 20_000])
})

test('live, a partition that is behind holds time at its watermark too', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const slow = clocked.assign(of(0))
  const busy = clocked.assign(of(1))
  clocked.append(slow, [order(noon - 20_000, 's')], 2)
  clocked.append(busy, [order(noon - 20_000, 'b'), order(noon, 'c')])
  clocked.settle()
  clocked.append(slow, [order(noon - 15_500, 't')], 1)
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon - 16_000)
  expect(clocked.engine.isCatchingUp).toBe(false)
  clocked.append(slow, [order(noon - 15_000, 'u')])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
})

test('a partition whose end nobody tells stops holding time after a while', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const silent = clocked.assign(of(0))
  const busy = clocked.assign(of(1))
  clocked.append(silent, [order(noon - 20_000, 's')], 5)
  clocked.append(busy, [order(noon - 20_000, 'b')])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBeUndefined()
  expect(clocked.engine.unknownEnds).toEqual([])
  clocked.nowMs = noon + END_UNKNOWN_AFTER_MS
  clocked.append(busy, [])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon + END_UNKNOWN_AFTER_MS)
  expect(clocked.engine.unknownEnds).toEqual([silent])
  const [fired] = clocked.engine.openAlerts()
  expect(fired!.explanation.partial).toBe(true)
  const view = new LiveView([clocked.engine], instant(noon))
  const ofOrders = clocked.engine.process.name
  expect(view.statistics(ofOrders).map(({ partial }) => partial)).toEqual([true])
  clocked.append(silent, [order(noon - 20_000, 't')])
  expect(view.statistics(ofOrders).map(({ partial }) => partial)).toEqual([false])
})

test('an end told too long ago is not trusted: the log may go on beyond it', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const silent = clocked.assign(of(0))
  const busy = clocked.assign(of(1))
  clocked.append(silent, [order(noon - 20_000, 's')])
  clocked.append(busy, [order(noon - 20_000, 'b')])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
  clocked.nowMs = noon + 10_000
  clocked.append(busy, [])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
  clocked.append(silent, [])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon + 10_000)
})

test('while no end at all is told, as without a broker, time stands still: silence proves nothing', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const one = clocked.assign(of(0))
  const other = clocked.assign(of(1))
  clocked.append(one, [order(noon - 20_000, 's')])
  clocked.append(other, [order(noon - 20_000, 'b')])
  clocked.settle()
  clocked.nowMs = noon + 100 * END_UNKNOWN_AFTER_MS
  expect(clocked.settle().at).toEqual([])
  expect(clocked.engine.unknownEnds).toEqual([one, other])
  clocked.append(one, [])
  clocked.append(other, [])
  clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(clocked.nowMs)
})

test('history is behind us when what each log held at first is folded, told or not how far it goes by now', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  expect(clocked.engine.isThroughHistory).toBe(false)
  const one = clocked.assign(of(0))
  const other = clocked.assign(of(1))
  expect(clocked.engine.isThroughHistory).toBe(false)
  clocked.append(one, [order(noon - 20_000, 's')], 1)
  clocked.append(other, [])
  clocked.settle()
  expect(clocked.engine.isThroughHistory).toBe(false)
  clocked.append(one, [order(noon - 19_000, 't')], 7)
  expect(clocked.engine.isThroughHistory).toBe(false)
  clocked.settle()
  expect(clocked.engine.isThroughHistory).toBe(true)
})

test('malformed first records do not stall', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const one = clocked.assign(of(0))
  const other = clocked.assign(of(1))
  clocked.append(one, ['{', '"text"', '{"case":"c"}', '{"case":"c","activity":"noise","at":1}'])
  clocked.append(other, ['[', order(noon - hour, 'b')])
  const { transitions } = clocked.settle()
  expect(clocked.engine.evaluatedAt).toBe(noon)
  expect(transitions.map(({ state, at }) => [state, at])).toEqual([['firing', noon - hour + 10_000]])
  expect(clocked.engine.partitions.map(({ shard, topic }) => shard.nextOffsetOf(topic))).toEqual([4, 2])
})

test('partitions without any event evaluate nothing, and do not stand in the way', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const empty = clocked.assign(of(0))
  const noise = clocked.assign(of(1))
  clocked.append(empty, [])
  clocked.append(noise, ['{'])
  expect(clocked.settle().at).toEqual([])
  const busy = clocked.assign(of(2))
  clocked.append(busy, [order(noon - 3_500, 'b')])
  expect(clocked.settle().at).toEqual([noon - 3_000, noon - 2_000, noon - 1_000, noon])
})

test('a single record of 1970 costs no more evaluations than a gap may', () => {
  const process = ordersWith([anyOpen])
  const log = { ...of(0), values: [order(0, 'a'), order(noon, 'b'), order(noon + 25_000, 'c')] }
  const { evaluatedAt } = replay(replayEngine(process), [log], atOnce)
  expect(evaluatedAt.length).toBeGreaterThan(MAX_STEPS_A_GAP / 2)
  expect(evaluatedAt.length).toBeLessThanOrEqual(MAX_STEPS_A_GAP + 5)
  expect(evaluatedAt.slice(-3)).toEqual([noon + 10_000, noon + 20_000, noon + 30_000])
  expect(evaluatedAt.every((at, index) => at % 10_000 === 0 && at > (evaluatedAt[index - 1] ?? 0))).toBe(true)
  // The event after the silence is not seen by any T before it.
  expect(evaluatedAt).toContain(noon)
})

test('a record of 1970 in a log with nothing after it does not keep a live process from the present', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const only = clocked.assign(of(0))
  clocked.append(only, [order(0, 'a')])
  const { at, transitions } = clocked.settle()
  expect(at.length).toBeLessThanOrEqual(MAX_STEPS_A_GAP + 100)
  expect(clocked.engine.evaluatedAt).toBe(noon)
  expect(transitions).toHaveLength(1)
})

test('one partition of 1970 beside another of today costs no more than a gap either', () => {
  const process = ordersWith([anyOpen])
  const logs = [
    { ...of(0), values: [order(0, 'a')] },
    { ...of(1), values: [order(noon, 'b'), order(noon + 5_000, 'c')] },
  ]
  const { evaluatedAt } = replay(replayEngine(process), logs, atOnce)
  expect(evaluatedAt.length).toBeLessThanOrEqual(MAX_STEPS_A_GAP + 5)
  expect(evaluatedAt.at(-1)).toBe(noon + 10_000)
})
