import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvaluationLoop, type Fold } from '../../src/engine/evaluation-loop.ts'
import { FoldLoop } from '../../src/engine/fold-loop.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import type { SourceListener } from '../../src/source/source.ts'
import { until } from '../support/until.ts'
import { clockOf, type Log, lastCompared, recordsOf, type Scene, scenes } from './logs.ts'
import { RecordingWorld } from './recording-world.ts'

const lossless = <T>(message: T): T => structuredClone(message)

/** So many records of a log at a time, in turns. */
const portions = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })

async function deliver(logs: readonly Log[], sizes: readonly number[], listenerOf: (log: Log) => SourceListener) {
  const taken: Promise<void>[] = []
  const next = logs.map(() => 0)
  for (let turn = 0; logs.some(({ values }, index) => (next[index] as number) < values.length); turn++) {
    for (const [index, log] of logs.entries()) {
      const from = next[index] as number
      const values = log.values.slice(from, from + (sizes[(turn + index) % sizes.length] as number))
      if (values.length > 0) taken.push(listenerOf(log).batch({ ...log, records: recordsOf(values, from) }))
      next[index] = from + values.length
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(taken)
  for (const log of logs) listenerOf(log).end(log, log.values.length, log.values.length)
}

const engineOf = (scene: Scene) =>
  new ProcessEngine({ process: scene.process, mode: 'live', epoch: 0, now: clockOf(scene) })

const isDone = (engine: ProcessEngine, logs: readonly Log[]) =>
  engine.partitions.length === logs.length &&
  engine.partitions.every(({ isThroughHistory }) => isThroughHistory) &&
  (engine.evaluatedAt ?? -Infinity) >= lastCompared(engine)
    ? true
    : undefined

const publishedUntil = (world: RecordingWorld, engine: ProcessEngine) => {
  const last = lastCompared(engine)
  return world.published.filter(({ at }) => at <= last)
}

async function inOneThread(scene: Scene, sizes: readonly number[]) {
  const { logs } = scene
  const world = new RecordingWorld()
  const loop = new ProcessLoop(engineOf(scene), world, undefined)
  loop.start()
  await loop.assigned(logs)
  await deliver(logs, sizes, () => loop)
  await until('all evaluated', 60_000, () => isDone(loop.engine, logs))
  await loop.stop()
  expect(world.failures).toEqual([])
  return publishedUntil(world, loop.engine)
}

/** Partitions of even and of odd numbers are folded by themselves, and evaluated together. */
async function inFolds(scene: Scene, sizes: readonly number[]) {
  const { logs } = scene
  const world = new RecordingWorld()
  const evaluation = new EvaluationLoop(engineOf(scene), world)
  const folds = [0, 1].map(share => {
    const own = logs.filter(({ partition }) => partition % 2 === share)
    const fold: Fold = { tell: message => setImmediate(() => loop.hear(lossless(message))) }
    evaluation.join(fold)
    const loop: FoldLoop = new FoldLoop({
      process: scene.process,
      epoch: 0,
      saveEveryMs: 50,
      now: clockOf(scene),
      world,
      tell: message => setImmediate(() => evaluation.hear(fold, lossless(message))),
    })
    return { loop, own }
  })
  evaluation.start()
  for (const { loop, own } of folds) {
    loop.start()
    await loop.assigned(own)
  }
  await until('all assigned', 60_000, () => evaluation.engine.partitions.length === logs.length || undefined)
  await deliver(logs, sizes, log => folds[log.partition % 2]!.loop)
  await until('all evaluated', 60_000, () => isDone(evaluation.engine, logs))
  for (const { loop } of folds) await loop.stop()
  await evaluation.stop()
  expect(world.failures).toEqual([])
  return publishedUntil(world, evaluation.engine)
}

test('shards that are folded elsewhere give the transitions of those that are folded here', {
  timeout: 300_000,
}, async () => {
  let transitions = 0
  await fc.assert(
    fc.asyncProperty(scenes({ silences: [0, 0, 20] }), portions, async (scene, sizes) => {
      const here = await inOneThread(scene, sizes)
      const elsewhere = await inFolds(scene, sizes)
      expect(elsewhere).toEqual(here)
      transitions += here.length
    }),
    { numRuns: 12 },
  )
  expect(transitions).toBeGreaterThan(30)
})
