import { ProcessEngine } from '../../src/engine/process-engine.ts'
import type { DurationMs } from '../../src/event/duration.ts'
import type { TopicPartition } from '../../src/event/record.ts'
import type { ProcessDefinition, RuleDefinition } from '../../src/model/definitions.ts'
import { makeProcess } from '../model/process.ts'
import { recordsOf } from './logs.ts'

/** Orders that are paid, then picked, by warehouse: settle 60 s, pane 10 s, evaluated every second. */
export const ordersWith = (
  rules: readonly RuleDefinition[],
  topics: Readonly<Record<string, 'no ids'>> = { events: 'no ids' },
): ProcessDefinition => ({
  ...makeProcess({
    activities: ['paid', 'picked'],
    attributes: ['wh'],
    stages: { picking: { from: ['paid'], to: ['picked'], by: ['wh'] } },
    settle: 60_000,
    pane: 10_000,
    timeout: 86_400_000,
    topics,
  }),
  evaluateEveryMs: 1_000 as DurationMs,
  limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
  rules,
})

/** The record of one event. */
export const order = (at: number, caseId: string, activity: 'paid' | 'picked' = 'paid', wh = 'a'): string =>
  JSON.stringify({ case: caseId, activity, at, wh })

/** An engine with a clock that is set by hand, and a log for each partition that grows. */
export class ClockedEngine {
  readonly engine: ProcessEngine
  nowMs: number
  readonly #next = new Map<TopicPartition, number>()
  readonly #slices: number[][] = []

  constructor(process: ProcessDefinition, nowMs: number) {
    this.nowMs = nowMs
    this.engine = new ProcessEngine({ process, mode: 'live', epoch: 0, now: () => this.nowMs })
  }

  assign(id: TopicPartition): TopicPartition {
    this.engine.assign(id, undefined)
    this.#next.set(id, 0)
    return id
  }

  /** @param unread records that the log still has after these. */
  append(id: TopicPartition, values: readonly string[], unread = 0): void {
    const from = this.#next.get(id)!
    const next = from + values.length
    this.#next.set(id, next)
    if (values.length > 0) void this.engine.add({ ...id, records: recordsOf(values, from) })
    this.engine.tellEnd(id, next + unread, next)
  }

  /** Lets the engine do all that it can at this moment. */
  settle() {
    const evaluations = []
    for (;;) {
      const step = this.engine.step(20)
      evaluations.push(...step.evaluations)
      this.#slices.push(step.evaluations.map(({ at }) => at))
      if (!step.hasMore) break
    }
    return { at: evaluations.map(({ at }) => at), transitions: evaluations.flatMap(({ transitions }) => transitions) }
  }

  /** All T so far. */
  get evaluatedAt(): readonly number[] {
    return this.#slices.flat()
  }
}
