import type { AlertTransition } from '../../src/alerts/transition.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import type { DurationMs } from '../../src/event/duration.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition, RuleDefinition } from '../../src/model/definitions.ts'
import { makeProcess, makeRule } from '../model/process.ts'
import type { Chance } from './chance.ts'
import type { Log } from './logs.ts'
import { logsOf, minute, morning, type Scene, second, statesOf, type Written } from './scene.ts'

/** How far the wall clock is ahead of the last event: history, where alerts are a function of the logs alone. */
const AHEAD_MS = 4 * minute

const SPAN_MS = 4 * minute

/** How old the oldest event is when the machine begins. */
export const OLDEST_AGE_MS = SPAN_MS + AHEAD_MS

/** Logs that are full when the program starts: alerts have to be, to the last one, those of an undisturbed run. */
export function drawHistory(chance: Chance): Scene {
  const process = drawProcess(chance)
  const partitions = Array.from({ length: chance.of([1, 1, 2, 2, 3]) }, (_, number) => number)
  const written = new Map(partitions.map(partition => [partition, drawEvents(chance, process, partition)]))
  const rejected: string[] = []
  const logs = logsOf(chance, process, written, rejected)
  const wallMs = morning + OLDEST_AGE_MS
  const { transitions, until } = undisturbed(process, logs, wallMs)
  const wanted = transitions.map(transitionLine)
  const misjudged = (found: readonly AlertTransition[]) => unequal(found.map(transitionLine), wanted)
  return {
    process,
    logs,
    rejected,
    wallMs,
    skewMs: 5 * second,
    slowness: 1,
    states: statesOf(process, written),
    until,
    misjudged,
    hasManyOrders: false,
  }
}

function drawProcess(chance: Chance): ProcessDefinition {
  const process = makeProcess({
    activities: ['paid', 'picked', 'packed', 'cancelled'],
    attributes: ['wh'],
    stages: {
      picking: { from: ['paid'], to: ['picked'], by: ['wh'], target: { default: 40 * second } },
      packing: { from: ['picked'], to: ['packed'] },
    },
    ends: { cancelled: ['cancelled'] },
    settle: minute,
    pane: 10 * second,
    timeout: 3 * minute,
    topics: chance.oneIn(3) ? { scans: 'ids', orders: 'no ids' } : { orders: chance.of(['ids', 'no ids'] as const) },
  })
  return { ...process, evaluateEveryMs: second as DurationMs, rules: drawRules(chance) }
}

function drawRules(chance: Chance): RuleDefinition[] {
  const held = () => ({ for: chance.of([0, 20 * second]), keepFiringFor: chance.of([0, 20 * second]) })
  return [
    makeRule({ name: 'busy', window: minute, when: `wip >= ${chance.between(1, 3)}.0`, by: [0], ...held() }),
    makeRule({ name: 'leaving', window: minute, when: 'exited >= 2.0', ...held() }),
    makeRule({ name: 'old', stage: 1, window: minute, when: 'age_max > duration("30s")', ...held() }),
  ]
}

/** The events of one partition in the order of their records, mostly in the order of their times. */
function drawEvents(chance: Chance, process: ProcessDefinition, partition: number): Written[] {
  const topics = process.sources.map(({ topics: [topic], id }) => ({
    topic: topic as string,
    hasIds: id !== undefined,
  }))
  const drawn: (Written & { readonly at: number })[] = []
  for (let number = chance.between(2, 5); number > 0; number--) {
    // Some lie at the very edge of what a wall clock would still take for new.
    let at = morning + chance.below(number === 1 ? second : SPAN_MS - minute)
    const wh = chance.of(['a', 'b', null])
    const caseId = `${partition}/${number}`
    for (const activity of chance.of(ways)) {
      const { topic, hasIds } = chance.of(topics)
      const id = hasIds ? `${caseId}/${at}` : undefined
      const event = { case: caseId, activity, at, id, attributes: [wh] }
      const arrival = { topic, partition, events: [event] }
      // Across topics only what is in time is the same in every order.
      const isLate = topics.length === 1 && chance.oneIn(25)
      drawn.push({ at: at + (isLate ? 3 * minute : chance.of([0, 0, chance.below(40 * second)])), arrival, atMs: 0 })
      if (chance.oneIn(6)) drawn.push({ at: at + chance.below(40 * second), arrival, atMs: 0 })
      at = Math.min(at + chance.below(minute), morning + SPAN_MS)
    }
  }
  return drawn.sort((left, right) => left.at - right.at)
}

/** The activities of a case, by their positions. */
const ways = [[0, 1, 2], [0, 1, 2], [0, 1], [0], [0, 3], [0, 1, 0, 1, 2], [1, 2], [0, 1, 3, 2]] as const

/** What the engine alone makes of the logs, all at once. */
function undisturbed(process: ProcessDefinition, logs: readonly Log[], wallMs: number) {
  const engine = new ProcessEngine({ process, mode: 'replay', epoch: 0, now: () => wallMs })
  for (const log of logs) engine.assign(log, undefined)
  for (const log of logs) {
    const records = log.records.map(({ offset, value }) => ({
      ...{ offset, key: null, value: Buffer.from(value), timestamp: undefined },
      notAfter: instant(wallMs + 600_000),
    }))
    if (records.length > 0) void engine.add({ ...log, records })
    engine.tellEnd(log, log.endOffset, log.endOffset)
  }
  const transitions: AlertTransition[] = []
  for (;;) {
    const { evaluations, hasMore } = engine.step(1_000)
    for (const evaluation of evaluations) transitions.push(...evaluation.transitions)
    if (!hasMore) break
  }
  return { transitions, until: engine.evaluatedAt ?? wallMs }
}

const transitionLine = ({ rule, segment, id, from, state, at, value }: AlertTransition): string =>
  JSON.stringify([rule, segment, id, from, state, at, value ?? null])

function unequal(found: readonly string[], wanted: readonly string[]): string[] {
  const place = wanted.findIndex((line, index) => line !== found[index])
  if (place === -1 && found.length === wanted.length) return []
  const at = place === -1 ? wanted.length : place
  return [`transition ${at} is ${found[at] ?? 'missing'}, not ${wanted[at] ?? 'none'}`]
}
