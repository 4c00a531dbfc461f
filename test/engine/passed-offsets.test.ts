import { expect, onTestFinished, test } from 'vitest'
import { EvaluationLoop, type Fold } from '../../src/engine/evaluation-loop.ts'
import type { EvaluatorState } from '../../src/engine/evaluator-state.ts'
import { FoldLoop } from '../../src/engine/fold-loop.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { makeRule } from '../model/process.ts'
import { until } from '../support/until.ts'
import { recordsOf } from './logs.ts'
import { order, ordersWith } from './orders.ts'
import { RecordingWorld } from './recording-world.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const second = 1_000
const clock = () => noon + 60 * second
const busy = makeRule({ name: 'busy', window: 60 * second, when: 'wip >= 3.0' })

/** A process that is folded here and evaluated there, in one thread of Node's. */
function open(process: ProcessDefinition, restored?: EvaluatorState, now = clock, endsMayLeave = Promise.resolve()) {
  const world = new RecordingWorld()
  const engine = new ProcessEngine({ process, mode: 'live', epoch: 0, now })
  if (restored !== undefined) engine.restore(restored, instant(noon))
  const evaluation = new EvaluationLoop(engine, world)
  const fold: Fold = { tell: message => setImmediate(() => loop.hear(structuredClone(message))) }
  const loop: FoldLoop = new FoldLoop({
    ...{ process, epoch: 0, saveEveryMs: 3_600_000, now, world },
    tell: message => {
      const hear = () => evaluation.hear(fold, structuredClone(message))
      if (message.kind === 'ends') void endsMayLeave.then(() => setImmediate(hear))
      else setImmediate(hear)
    },
  })
  evaluation.join(fold)
  evaluation.start()
  loop.start()
  onTestFinished(async () => {
    await loop.stop()
    await evaluation.stop()
    expect(world.failures).toEqual([])
  })
  return { loop, engine, world }
}

const offsetsOf = (engine: ProcessEngine) => engine.snapshot().offsets

test('T goes on where an earlier evaluation had seen what lies behind the last record, and the fold is elsewhere', async () => {
  const id = { topic: 'events', partition: 0 }
  const book = new ProcessEngine({ process: ordersWith([]), mode: 'live', epoch: 0, now: clock }).snapshot().book
  const { loop, engine } = open(ordersWith([]), { book, offsets: { 'events:0': 5 } })
  await loop.assigned([id])
  await loop.batch({ ...id, records: recordsOf([order(noon - second, 'A')], 0) })
  // Behind the record are four markers of transactions.
  loop.end(id, 5, 5)
  await until('a T after the restart', 60_000, () => (engine.evaluatedAt ?? 0) > noon || undefined)
  expect(offsetsOf(engine)).toEqual({ 'events:0': 5 })
})

test('what was passed in one topic stays so when another one goes on', async () => {
  const process = ordersWith([], { scans: 'no ids', orders: 'no ids' })
  const { loop, engine } = open(process)
  const [scans, orders] = ['scans', 'orders'].map(topic => ({ topic, partition: 0 })) as [Log, Log]
  await loop.assigned([scans, orders])
  await loop.batch({ ...scans, records: recordsOf([order(noon, 'A')], 0) })
  // It waits for the other topic while its end is told.
  loop.end(scans, 5, 5)
  await loop.batch({ ...orders, records: recordsOf([order(noon, 'B')], 0) })
  loop.end(orders, 1, 1)
  await until('both', 60_000, () => offsetsOf(engine)['scans:0'] === 5 || undefined)
  await loop.batch({ ...orders, records: recordsOf([order(noon, 'C')], 1) })
  await until('one more record', 60_000, () => offsetsOf(engine)['orders:0'] === 2 || undefined)
  expect(offsetsOf(engine)['scans:0']).toBe(5)
})

test('what was seen behind the last record of one topic lets T see no record of another before its time', async () => {
  const process = ordersWith([busy], { scans: 'no ids', orders: 'no ids' })
  const { book } = new ProcessEngine({ process, mode: 'live', epoch: 0, now: clock }).snapshot()
  const restored = { book, offsets: { 'scans:0': 1, 'orders:0': 5 } }
  let tellEnds = () => {}
  const endsMayLeave = new Promise<void>(resolve => (tellEnds = resolve))
  const { loop, engine, world } = open(process, restored, () => noon + 3_600 * second, endsMayLeave)
  const [scans, orders] = ['scans', 'orders'].map(topic => ({ topic, partition: 0 })) as [Log, Log]
  await loop.assigned([scans, orders])
  const later = order(noon + 60 * second, 'C')
  await loop.batch({ ...scans, records: recordsOf([order(noon - second, 'A'), later], 0) })
  await loop.batch({ ...orders, records: recordsOf([order(noon - 2 * second, 'B')], 0) })
  loop.end(scans, 2, 2)
  loop.end(orders, 5, 5)
  await until('the first record', 60_000, () => engine.shards[0]?.nextOffsetOf(0) || undefined)
  expect(engine.shards[0]?.nextOffsetOf(0)).toBe(1)
  tellEnds()
  await until('the alert', 60_000, () => world.published[0])
  expect(world.published[0]).toMatchObject({ state: 'firing', at: noon + 70 * second })
  expect(offsetsOf(engine)['orders:0']).toBe(5)
})

type Log = { readonly topic: string; readonly partition: number }
