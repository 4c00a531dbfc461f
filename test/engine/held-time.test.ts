import { expect, onTestFinished, test, vi } from 'vitest'
import { LiveView } from '../../src/engine/live-view.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import { instant } from '../../src/event/instant.ts'
import { makeRule } from '../model/process.ts'
import { recordsOf } from './logs.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'
import { RecordingWorld } from './recording-world.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
const anyOpen = makeRule({ name: 'any_open', window: minute, when: 'wip >= 1.0' })
const of = (partition: number) => ({ topic: 'events', partition })

/** Two partitions with events up to noon, the second with one record that does not come. */
function heldBySecond() {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const one = clocked.assign(of(0))
  const stuck = clocked.assign(of(1))
  clocked.append(one, [order(noon - 20_000, 'a')])
  clocked.append(stuck, [order(noon - 20_000, 'b')])
  clocked.settle()
  const after = (ms: number, unread = 1) => {
    clocked.nowMs = noon + ms
    clocked.append(one, [order(noon + ms, `a${ms}`)])
    clocked.append(stuck, [], unread)
    clocked.settle()
    return clocked.engine.lookAtTime(true)?.transitions ?? []
  }
  return { clocked, stuck, after }
}

const steps = (transitions: readonly { state: string; at: number }[]) => transitions.map(({ state, at }) => [state, at])

test('time that is held for a minute is an alert that names what it waits for and since when; it ends when time goes on', () => {
  const { clocked, stuck, after } = heldBySecond()
  expect(clocked.engine.lookAtTime(true)).toBeUndefined()
  expect(after(5_000)).toEqual([])
  expect(after(64_999)).toEqual([])
  const fired = after(65_000)
  expect(steps(fired)).toEqual([
    ['pending', noon + 5_000],
    ['firing', noon + 65_000],
  ])
  expect(fired[1]).toMatchObject({
    rule: 'time_held',
    segment: {},
    since: noon + 5_000,
    severity: 'critical',
    owner: clocked.engine.process.owner,
    summary: { en: 'Time stands still at 2026-05-05T12:00:00.000Z, waiting for events:1' },
    explanation: { result: true, window: { start: noon, end: noon + 65_000 } },
  })
  expect(after(70_000)).toEqual([])
  const status = () => new LiveView([clocked.engine], instant(noon)).status(clocked.engine.process.name)
  expect(status().held).toEqual({ since: noon + 5_000, by: [of(1)] })
  // What lies behind T is kept until T has come.
  expect(status().partitions.map(({ progress }) => progress)).toEqual([
    { next: 2, end: 5, begunAt: 0, firstEnd: 1 },
    { next: 1, end: 2, begunAt: 0, firstEnd: 1 },
  ])
  clocked.append(stuck, [order(noon + 70_000, 'c')])
  clocked.settle()
  const ended = clocked.engine.lookAtTime(true)!
  expect(steps(ended.transitions)).toEqual([['resolved', noon + 70_000]])
  expect(status().held).toBeUndefined()
  expect(ended.transitions[0]!.id).toBe(fired[1]!.id)
})

test('history that is long is no held time: T goes on', () => {
  const clocked = new ClockedEngine(ordersWith([anyOpen]), noon)
  const id = clocked.assign(of(0))
  for (let at = noon - 60 * minute; at < noon - 10 * minute; at += minute) {
    clocked.nowMs += 30_000
    clocked.append(id, [order(at, `c${at}`)], 1)
    clocked.settle()
    expect(clocked.engine.lookAtTime(true)).toBeUndefined()
  }
})

test('a restart neither ends the alert nor fires it again before it is known whether time goes on', () => {
  const { clocked, after } = heldBySecond()
  after(5_000)
  const fired = after(65_000)
  const { evaluatedAt } = clocked.engine
  const second = new ClockedEngine(ordersWith([anyOpen]), noon + 80_000)
  second.engine.restore(clocked.engine.snapshot(), evaluatedAt!)
  expect(second.engine.lookAtTime(true)).toBeUndefined()
  second.nowMs += 2 * minute
  expect(second.engine.lookAtTime(true)).toBeUndefined()
  const one = second.assign(of(0))
  const other = second.assign(of(1))
  second.append(one, [order(noon - 20_000, 'a'), order(noon + 5_000, 'a5000'), order(noon + 65_000, 'a65000')])
  second.append(other, [order(noon - 20_000, 'b')])
  second.settle()
  const ended = second.engine.lookAtTime(true)!.transitions
  expect(ended.map(({ state, id }) => [state, id])).toEqual([['resolved', fired[1]!.id]])
})

test('a store that takes no rows holds time too; the alert is durable before anybody hears of it', async () => {
  const world = new RecordingWorld()
  let nowMs = noon
  const process = ordersWith([anyOpen])
  const engine = new ProcessEngine({ process, mode: 'live', epoch: 0, now: () => nowMs })
  const loop = new ProcessLoop(engine, world, 3_600_000)
  onTestFinished(() => loop.stop())
  loop.start()
  await loop.assigned([of(0)])
  loop.end(of(0), 1, 1)
  await loop.batch({ ...of(0), records: recordsOf([order(noon - 5_500, 'a')], 0) })
  await vi.waitUntil(() => engine.evaluatedAt === noon)
  world.isFull = true
  nowMs = noon + 2_000
  const asked = world.askedForRoom
  await vi.waitUntil(() => world.askedForRoom > asked + 2)
  nowMs = noon + 62_000
  const ofTime = () => world.published.filter(({ rule }) => rule === 'time_held')
  await vi.waitUntil(() => ofTime().length > 0)
  expect(ofTime().map(({ state }) => state)).toEqual(['pending', 'firing'])
  expect(ofTime()[1]!.summary.en).toBe('Time stands still at 2026-05-05T12:00:00.000Z, waiting for the store')
  expect(world.recorded.at(-1)).toMatchObject({ at: instant(noon), transitions: ofTime() })
})

test('history is what lies between where a partition was gone on with and the end that its log had then', () => {
  const before = new ClockedEngine(ordersWith([anyOpen]), noon)
  before.append(before.assign(of(0)), [order(noon - 3_000, 'a'), order(noon - 2_000, 'b'), order(noon - 1_000, 'c')])
  before.settle()
  const { engine } = new ClockedEngine(ordersWith([anyOpen]), noon)
  engine.assign(of(0), before.engine.local.all[0]!.snapshot())
  const { name } = engine.process
  const progress = () => new LiveView([engine], instant(noon)).status(name).partitions[0]?.progress
  expect(progress()).toBeUndefined()
  engine.tellEnd(of(0), 10, 3)
  engine.tellEnd(of(0), 12, 3)
  expect(progress()).toEqual({ next: 3, end: 12, begunAt: 3, firstEnd: 10 })
})
