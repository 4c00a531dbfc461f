import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { EvaluatorState } from '../../src/engine/evaluator-state.ts'
import type { ProcessEngine } from '../../src/engine/process-engine.ts'
import { instant } from '../../src/event/instant.ts'
import type { HourOfValues } from '../../src/rules/hourly-values.ts'
import type { ShardState } from '../../src/shard/shard-state.ts'
import { atOnce, replay, replayEngine } from './delivery.ts'
import { type Log, recordsOf, type Scene, scenes } from './logs.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

/** What is on disk: written as the journal and the snapshots write it, so that only what survives it is relied on. */
class Disk {
  evaluation: string | undefined
  readonly shards = new Map<number, Buffer>()
  readonly hours: HourOfValues[] = []
  /** Durable, and so published. */
  readonly transitions: AlertTransition[] = []

  record(at: number, transitions: readonly AlertTransition[], engine: ProcessEngine): void {
    this.transitions.push(...transitions)
    this.hours.push(...engine.takeHours().begun)
    this.evaluation = JSON.stringify({ at, state: engine.snapshot() })
  }

  save(engine: ProcessEngine): void {
    const at = engine.evaluatedAt
    if (at !== undefined) this.record(at, [], engine)
    for (const shard of engine.local.all) this.shards.set(shard.partition, serialize(shard.snapshot()))
  }
}

/** One life of the engine, from what is on disk to a sudden end or, without one, to the end of the logs. */
type Life = {
  /** Slices of work until it ends; each is followed by one portion of each log. */
  readonly slices: number
  readonly portion: number
  readonly budgetMs: number
  /** Its states are saved after these slices. */
  readonly saves: readonly number[]
}

const lives = fc.array(
  fc.record({
    slices: fc.integer({ min: 1, max: 60 }),
    portion: fc.integer({ min: 1, max: 12 }),
    budgetMs: fc.constantFrom(0.01, 0.1, 1),
    saves: fc.array(fc.nat(60), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
)

test('after sudden ends the rest of the logs gives the transitions of an uninterrupted run, each once', () => {
  const reached = { transitions: 0, older: 0, stopped: 0 }
  fc.assert(
    fc.property(scenes({ silences: [0, 0, 25] }), lives, (scene, interrupted) => {
      const whole = replay(replayEngine(scene.process), scene.logs, atOnce)
      const disk = new Disk()
      for (const life of interrupted) {
        if (live(scene, disk, life) < whole.transitions.length) reached.stopped++
        if (isBehindEvaluation(scene, disk)) reached.older++
      }
      live(scene, disk, { slices: Infinity, portion: 50, budgetMs: 20, saves: [] })
      expect(disk.transitions.map(({ at, id, state }) => [at, id, state])).toEqual(
        whole.transitions.map(({ at, id, state }) => [at, id, state]),
      )
      expect(JSON.stringify(disk.transitions)).toBe(JSON.stringify(whole.transitions))
      reached.transitions += whole.transitions.length
    }),
    { numRuns: 80 },
  )
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20)
})

test('a state that is saved while records are folded again asks for all that had been seen before', () => {
  const noon = Date.UTC(2026, 4, 5, 12)
  const process = ordersWith([])
  const book = new ClockedEngine(process, noon).engine.snapshot().book
  const again = new ClockedEngine(process, noon)
  again.engine.restore({ book, offsets: { 'events:0': 3, 'events:1': 7 } }, instant(noon - 1_000))
  const id = again.assign({ topic: 'events', partition: 0 })
  again.append(id, [order(noon - 5_000, 'a')], 2)
  again.settle()
  expect(again.engine.shards[0]!.nextOffsetOf(0)).toBe(1)
  expect(again.engine.snapshot().offsets).toEqual({ 'events:0': 3, 'events:1': 7 })
  again.append(id, [order(noon - 4_000, 'a'), order(noon - 3_000, 'a'), order(noon - 2_000, 'a')])
  again.settle()
  expect(again.engine.snapshot().offsets).toEqual({ 'events:0': 4, 'events:1': 7 })
})

/** @returns the number of transitions that are durable at its end. */
function live({ process, logs }: Scene, disk: Disk, { slices, portion, budgetMs, saves }: Life): number {
  const engine = replayEngine(process)
  if (disk.evaluation !== undefined) {
    const { at, state } = JSON.parse(disk.evaluation)
    expect(engine.restore(state, instant(at), disk.hours)).toEqual([])
  }
  const next = logs.map(log => {
    const saved = disk.shards.get(log.partition)
    const state: ShardState | undefined = saved === undefined ? undefined : loaded(saved)
    engine.assign(log, state)
    return state?.nextOffsets[engine.topics.indexOf(log.topic)] ?? 0
  })
  for (let slice = 0; slice < slices; slice++) {
    for (const [index, log] of logs.entries()) next[index] = deliver(engine, log, next[index]!, portion)
    const { evaluations, hasMore } = engine.step(budgetMs)
    const last = evaluations.at(-1)
    const transitions = evaluations.flatMap(evaluation => evaluation.transitions)
    if (last !== undefined && transitions.length > 0) disk.record(last.at, transitions, engine)
    if (saves.includes(slice)) disk.save(engine)
    if (!hasMore && next.every((offset, index) => offset === logs[index]!.values.length)) break
  }
  return disk.transitions.length
}

function deliver(engine: ProcessEngine, log: Log, from: number, portion: number): number {
  const values = log.values.slice(from, from + portion)
  const next = from + values.length
  if (values.length > 0) void engine.add({ ...log, records: recordsOf(values, from) })
  engine.tellEnd(log, log.values.length, next)
  return next
}

/** Typed arrays that are read from a buffer lie in it, and a shard takes over those that it is restored from. */
const loaded = (saved: Buffer): ShardState => deserialize(Buffer.from(saved))

function isBehindEvaluation({ logs }: Scene, disk: Disk): boolean {
  if (disk.evaluation === undefined) return false
  const { offsets } = JSON.parse(disk.evaluation).state as EvaluatorState
  return logs.some(({ topic, partition }) => {
    const saved = disk.shards.get(partition)
    const state: ShardState | undefined = saved === undefined ? undefined : loaded(saved)
    const next = state?.nextOffsets[state.topics.indexOf(topic)] ?? 0
    return next < (offsets[`${topic}:${partition}`] ?? 0)
  })
}
