import { expect, onTestFinished, test, vi } from 'vitest'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import { QUEUE_LIMIT_BYTES } from '../../src/engine/record-queue.ts'
import { makeRule } from '../model/process.ts'
import { recordsOf } from './logs.ts'
import { order, ordersWith } from './orders.ts'
import { RecordingWorld } from './recording-world.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }
const busy = makeRule({ name: 'busy', window: minute, when: 'wip >= 2.0', by: [0] })

/** The default of one second is about slow machines, not about what hangs. */
const hangs = { timeout: 60_000 }

function openLoop(world: RecordingWorld, saveEveryMs: number | undefined = 3_600_000): ProcessLoop {
  const engine = new ProcessEngine({ process: ordersWith([busy]), mode: 'live', epoch: 0, now: () => noon })
  const loop = new ProcessLoop(engine, world, saveEveryMs)
  onTestFinished(() => loop.stop())
  loop.start()
  return loop
}

/** Enough records to hold a source back. */
const flood = (): string[] => {
  const one = order(noon - minute, 'x'.repeat(1_000))
  return Array.from({ length: Math.ceil(QUEUE_LIMIT_BYTES / one.length) + 1 }, () => one)
}

test('a batch that fills the queue is taken once enough of it has been folded', async () => {
  const world = new RecordingWorld()
  world.isFull = true
  const loop = openLoop(world)
  await loop.assigned([id])
  const values = flood()
  let isTaken = false
  const taken = loop.batch({ ...id, records: recordsOf(values, 0) }).then(() => {
    isTaken = true
  })
  const asked = world.askedForRoom
  await vi.waitUntil(() => world.askedForRoom > asked + 2, hangs)
  expect(isTaken).toBe(false)
  world.isFull = false
  await taken
  expect(loop.engine.shards[0]!.nextOffsetOf(0)).toBeGreaterThan(values.length / 3)
})

test('a batch that leaves room is taken at once, though nothing can be folded', async () => {
  const world = new RecordingWorld()
  world.isFull = true
  const loop = openLoop(world)
  await loop.assigned([id])
  await loop.batch({ ...id, records: recordsOf([order(noon, 'a')], 0) })
  expect(loop.engine.shards[0]!.nextOffsetOf(0)).toBe(0)
})

test('nobody hears of a transition before it is durable', async () => {
  const world = new RecordingWorld()
  let release: (() => void) | undefined
  world.beforeRecorded = () =>
    new Promise(resolve => {
      release = resolve
    })
  const loop = openLoop(world)
  await loop.assigned([id])
  loop.end(id, 2, 2)
  await loop.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => release !== undefined, hangs)
  expect(world.published).toEqual([])
  world.beforeRecorded = async () => {}
  release?.()
  await vi.waitUntil(() => world.published.length > 0, hangs)
  expect(world.recorded[0]!.transitions).toEqual(world.published)
})

test('where a transition cannot be made durable the process stops, tells nobody, and takes no more', async () => {
  const world = new RecordingWorld()
  world.beforeRecorded = () => Promise.reject(new Error('the disk is full'))
  const loop = openLoop(world)
  await loop.assigned([id])
  loop.end(id, 2, 2)
  await loop.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => world.failures.length > 0, hangs)
  expect(world.failures.map(({ message }) => message)).toEqual(['the disk is full'])
  expect(world.published).toEqual([])
  const next = loop.batch({ ...id, records: recordsOf([order(noon, 'c')], 2) })
  await expect(next).rejects.toThrow('the disk is full')
})

test('a source that waits for room is let go when the process fails', async () => {
  const world = new RecordingWorld()
  world.isFull = true
  const loop = openLoop(world)
  await loop.assigned([id])
  const both = [order(noon - 2 * minute, 'a'), order(noon - 2 * minute, 'b'), ...flood()]
  const taken = loop.batch({ ...id, records: recordsOf(both, 0) })
  loop.end(id, both.length, both.length)
  world.beforeRecorded = () => Promise.reject(new Error('the disk is full'))
  world.isFull = false
  await taken
  await vi.waitUntil(() => world.failures.length > 0, hangs)
})

test('after a failure nothing is saved: a state that knows the lost transition would never tell it', async () => {
  const world = new RecordingWorld()
  const loop = openLoop(world)
  await loop.assigned([id])
  world.beforeRecorded = () => Promise.reject(new Error('the disk is full'))
  loop.end(id, 2, 2)
  await loop.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => world.failures.length > 0, hangs)
  world.beforeRecorded = async () => {}
  await loop.stop()
  expect(world.recorded).toEqual([])
  expect(world.saved.size).toBe(0)

  const again = openLoop(world)
  expect(await again.assigned([id])).toEqual(new Map())
  again.end(id, 2, 2)
  await again.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => world.published.length > 0, hangs)
  expect(world.published.map(({ state }) => state)).toEqual(['firing'])
})

test('a stop saves shards and evaluator at one moment, and the next start goes on from there', async () => {
  const world = new RecordingWorld()
  const loop = openLoop(world)
  await loop.assigned([id])
  loop.end(id, 2, 2)
  await loop.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => world.published.length > 0, hangs)
  await loop.stop()
  const { at, state } = world.recorded.at(-1)!
  expect(state.offsets).toEqual({ 'events:0': 2 })

  const engine = new ProcessEngine({ process: ordersWith([busy]), mode: 'live', epoch: 0, now: () => noon + 2_000 })
  engine.restore(state, at)
  const next = new ProcessLoop(engine, world, undefined)
  onTestFinished(() => next.stop())
  next.start()
  expect(await next.assigned([id])).toEqual(new Map([['events:0', 2]]))
  next.end(id, 3, 3)
  await next.batch({ ...id, records: recordsOf([order(noon + 500, 'a', 'picked')], 2) })
  await vi.waitUntil(() => world.published.length > 1, hangs)
  expect(world.published.map(({ state: entered }) => entered)).toEqual(['firing', 'resolved'])
})

test('a partition that is given up is saved first, and goes on from there when it comes back', async () => {
  const world = new RecordingWorld()
  const loop = openLoop(world)
  await loop.assigned([id])
  await loop.batch({ ...id, records: recordsOf([order(noon - 5_500, 'a'), order(noon - 5_400, 'b')], 0) })
  await vi.waitUntil(() => loop.engine.shards[0]!.nextOffsetOf(0) === 2, hangs)
  await loop.revoked([id])
  expect(loop.engine.shards).toEqual([])
  expect(world.outputs.flatMap(({ visits }) => visits).length).toBeGreaterThan(0)
  expect(await loop.assigned([id])).toEqual(new Map([['events:0', 2]]))
  expect(loop.engine.shards[0]!.casesInMemory).toBe(2)
})

test('saving takes a tenth of the time at most: a state that is read out slowly is saved less often', async () => {
  const readOutMs = 30
  const begins: number[] = []
  class SlowWorld extends RecordingWorld {
    override async saveShards(...given: Parameters<RecordingWorld['saveShards']>): Promise<void> {
      const begun = performance.now()
      begins.push(begun)
      while (performance.now() < begun + readOutMs);
      await super.saveShards(...given)
    }
  }
  const loop = openLoop(new SlowWorld(), 1)
  await loop.assigned([id])
  await vi.waitUntil(() => begins.length === 4, hangs)
  for (const [nth, begun] of begins.slice(1).entries()) {
    expect(begun - begins[nth]!).toBeGreaterThanOrEqual(10 * readOutMs)
  }
})

test('a state that rows wait for is saved before its time, also while they leave no room for more', async () => {
  class UrgentWorld extends RecordingWorld {
    override isSaveUrgent(): boolean {
      return this.saved.size === 0
    }
  }
  const world = new UrgentWorld()
  world.isFull = true
  const loop = openLoop(world)
  await loop.assigned([id])
  await vi.waitUntil(() => world.saved.size === 1, hangs)
})
