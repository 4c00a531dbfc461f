import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { DurationMs } from '../../src/event/duration.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { makeProcess, makeRule } from '../model/process.ts'
import type { Chance } from './chance.ts'
import { logsOf, minute, morning, type Scene, second, statesOf, type Written } from './scene.ts'

/** When the cases enter that stay together, and when they leave, after the machine has begun. */
const ENTER_MS = 3 * second
const LEAVE_MS = 14 * second
const END_MS = 20 * second

/** A live run may be held up for so long by all that goes wrong. */
const HELD_UP_MS = 6 * second

const SKEW_MS = second

/** As many cases as make the rule fire. */
const TOGETHER = 3

/** Cases that enter twice, where there are two topics. */
const CROSSED = 24

/**
 * Events that come while the program runs. When an alert moves depends on when it looks; but where a breach lasts for
 * longer than anything holds it up, the alert has to fire once and be resolved once, about when it should.
 */
export function drawLive(chance: Chance): Scene {
  const held = { for: chance.of([0, 2 * second]), keepFiringFor: chance.of([0, 2 * second]) }
  const process = drawProcess(chance, held)
  const partitions = Array.from({ length: chance.of([1, 2]) }, (_, number) => number)
  const written = new Map(partitions.map(partition => [partition, drawEvents(chance, process, partition)]))
  const rejected: string[] = []
  const logs = logsOf(chance, process, written, rejected)
  const until = morning + END_MS + 3 * HELD_UP_MS
  const misjudged = (found: readonly AlertTransition[]) => unlike(found, held)
  return {
    process,
    logs,
    rejected,
    wallMs: morning,
    skewMs: SKEW_MS,
    slowness: 5,
    states: statesOf(process, written),
    until,
    misjudged,
    hasManyOrders: process.sources.length > 1,
  }
}

function drawProcess(
  chance: Chance,
  held: { readonly for: number; readonly keepFiringFor: number },
): ProcessDefinition {
  const process = makeProcess({
    activities: ['paid', 'picked', 'packed', 'shipped'],
    attributes: ['wh'],
    stages: {
      picking: { from: ['paid'], to: ['picked'] },
      packing: { from: ['packed'], to: ['shipped'], by: ['wh'] },
    },
    settle: minute,
    pane: 2 * second,
    timeout: 3 * minute,
    topics: chance.oneIn(2) ? { scans: 'ids', orders: 'no ids' } : { orders: chance.of(['ids', 'no ids'] as const) },
  })
  const rules = [
    makeRule({ name: 'together', window: minute, when: `wip >= ${TOGETHER}.0`, ...held }),
    makeRule({ name: 'flickering', stage: 1, window: minute, when: 'wip >= 1.0', by: [0] }),
  ]
  return { ...process, evaluateEveryMs: second as DurationMs, rules }
}

/** In the first partition the cases that stay together; in each some that come and go in the other stage. */
function drawEvents(chance: Chance, process: ProcessDefinition, partition: number): Written[] {
  const topics = process.sources.map(({ topics: [topic], id }) => ({
    topic: topic as string,
    hasIds: id !== undefined,
  }))
  const written: Written[] = []
  const write = (
    afterMs: number,
    caseId: string,
    activity: number,
    delayMs: number,
    { topic, hasIds } = chance.of(topics),
  ) => {
    const at = morning + afterMs
    const id = hasIds ? `${caseId}/${at}` : undefined
    const event = { case: caseId, activity, at, id, attributes: [chance.of(['a', 'b', null])] }
    written.push({
      arrival: { topic, partition, events: [event] },
      atMs: afterMs + delayMs,
    })
  }
  for (let number = 0; partition === 0 && number < TOGETHER; number++) {
    write(ENTER_MS + chance.below(second), `${partition}/together${number}`, 0, chance.below(second))
    write(LEAVE_MS + chance.below(second), `${partition}/together${number}`, 1, chance.below(second))
  }
  for (let number = chance.between(2, 8); number > 0; number--) {
    let at = chance.below(END_MS)
    const caseId = `${partition}/${number}`
    for (const activity of chance.of([
      [2, 3],
      [2, 2, 3],
      [2, 3, 2, 3],
      [2, 2],
      [3, 2],
    ] as const)) {
      write(at, caseId, activity, chance.of([0, chance.below(6 * second)]))
      at = Math.min(at + chance.below(5 * second), END_MS)
    }
  }
  // The later of two entries comes first: its visit is none any more once the other has come, from another topic.
  const [one, other] = topics
  for (let number = 0; other !== undefined && number < CROSSED; number++) {
    const at = chance.below(END_MS - second)
    write(at + second, `${partition}/crossed${number}`, 2, 0, one)
    write(at, `${partition}/crossed${number}`, 2, chance.between(second, 4 * second), other)
  }
  return written.sort((left, right) => left.atMs - right.atMs)
}

function unlike(found: readonly AlertTransition[], held: { readonly for: number; readonly keepFiringFor: number }) {
  const own = found.filter(({ rule }) => rule === 'together')
  const wanted: [state: string, afterMs: number][] = [
    ...(held.for > 0 ? [['pending', ENTER_MS] as [string, number]] : []),
    ['firing', ENTER_MS + held.for],
    ...(held.keepFiringFor > 0 ? [['recovering', LEAVE_MS] as [string, number]] : []),
    ['resolved', LEAVE_MS + held.keepFiringFor],
  ]
  const states = own.map(({ state }) => state).join(', ')
  const wantedStates = wanted.map(([state]) => state).join(', ')
  if (states !== wantedStates) return [`the alert went through ${states}, not ${wantedStates}`]
  return own.flatMap(({ at, state }, index) => {
    const lateMs = at - morning - (wanted[index]?.[1] ?? 0)
    // What is evaluated after having been held up sees what has come meanwhile.
    return Math.abs(lateMs) <= HELD_UP_MS + SKEW_MS ? [] : [`the alert was ${state} ${lateMs} ms after it should`]
  })
}
