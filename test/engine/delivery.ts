import fc from 'fast-check'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { ProcessEngine, type ProcessEngineOptions } from '../../src/engine/process-engine.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { ShardOutput } from '../../src/shard/output.ts'
import { type Log, recordsOf } from './logs.ts'

/** One batch: of which log, how many records, and how much work the engine gets to do before the next one. */
type Portion = { readonly log: number; readonly records: number; readonly steps: number; readonly budgetMs: number }

/** How logs reach an engine: everything that must not matter. */
export type Delivery = {
  /** Taken round and round until the logs are delivered. */
  readonly portions: readonly Portion[]
  /** By log: its end is told with its last record, or only when everything is delivered. */
  readonly endsTold: readonly boolean[]
  /** The order in which partitions are assigned. */
  readonly order: readonly number[]
}

export const deliveries = (): fc.Arbitrary<Delivery> =>
  fc.record({
    portions: fc.array(
      fc.record({
        log: fc.nat(20),
        records: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 100 })),
        steps: fc.nat(3),
        budgetMs: fc.constantFrom(0.01, 0.05, 20),
      }),
      { minLength: 1, maxLength: 25 },
    ),
    endsTold: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    order: fc.array(fc.nat(100), { minLength: 6, maxLength: 6 }),
  })

/** Everything at once, in the order of the logs. */
export const atOnce: Delivery = {
  portions: [{ log: 0, records: Infinity, steps: 0, budgetMs: 20 }],
  endsTold: [true],
  order: [0],
}

export type Outcome = {
  /** All T, in the order of evaluation. */
  readonly evaluatedAt: readonly number[]
  readonly transitions: readonly AlertTransition[]
  readonly rows: readonly ShardOutput[]
}

export const replayEngine = (process: ProcessDefinition, options: Partial<ProcessEngineOptions> = {}): ProcessEngine =>
  new ProcessEngine({ process, mode: 'replay', epoch: 0, now: () => 0, ...options })

/** Runs an engine over logs that end, to the end of them. */
export function replay(engine: ProcessEngine, logs: readonly Log[], { portions, endsTold, order }: Delivery): Outcome {
  const evaluatedAt: number[] = []
  const transitions: AlertTransition[] = []
  const step = (budgetMs: number): boolean => {
    const { evaluations, hasMore } = engine.step(budgetMs)
    for (const evaluation of evaluations) {
      evaluatedAt.push(evaluation.at)
      transitions.push(...evaluation.transitions)
    }
    return hasMore
  }
  const places = logs.map((_, index) => index).sort((left, right) => (order[left] ?? 0) - (order[right] ?? 0))
  for (const place of places) engine.assign(logs[place]!, undefined)
  const next = logs.map(() => 0)
  let left = places.filter(index => logs[index]!.values.length > 0)
  for (const index of places) if (!left.includes(index)) engine.tellEnd(logs[index]!, 0, 0)
  for (let turn = 0; left.length > 0; turn++) {
    const { log: pick, records, steps, budgetMs } = portions[turn % portions.length]!
    const index = left[pick % left.length]!
    const log = logs[index]!
    const from = next[index]!
    const values = log.values.slice(from, from + records)
    void engine.add({ ...log, records: recordsOf(values, from) })
    next[index] = from + values.length
    if (next[index] === log.values.length) {
      left = left.filter(other => other !== index)
      if (endsTold[index] ?? true) engine.tellEnd(log, log.values.length, log.values.length)
    }
    for (let count = 0; count < steps; count++) step(budgetMs)
  }
  for (const log of logs) engine.tellEnd(log, log.values.length, log.values.length)
  while (step(20)) {}
  return { evaluatedAt, transitions, rows: engine.takeOutput().map(inOrderOfPositions) }
}

/** Records that name no time are buried as they come, so between topics their order is nobody's business. */
const inOrderOfPositions = (output: ShardOutput): ShardOutput => ({
  ...output,
  deadLetters: output.deadLetters.toSorted(
    (left, right) => (left.topic < right.topic ? -1 : left.topic > right.topic ? 1 : 0) || left.offset - right.offset,
  ),
})
