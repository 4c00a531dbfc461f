import type { AttributeValue } from '../../src/event/event.ts'
import type { EventPattern, ProcessDefinition } from '../../src/model/definitions.ts'
import { conditionHolds } from './condition.ts'
import { allStagesOf } from './deadlines.ts'

/*
 * One case from its events: in order, cut into runs, each run walked once from its first event to its last.
 * Everything is recomputed from the whole list each time; nothing is carried over from an earlier call.
 */

/** One event as the model takes it; `Event` of src/event fits. */
export type OracleEvent = {
  readonly case: string
  /** Position in the process's `activities`. */
  readonly activity: number
  /** Whole ms since the epoch. */
  readonly at: number
  readonly id?: string | undefined
  /** One value for each of the process's `attributes`. */
  readonly attributes: readonly AttributeValue[]
}

/** A visit as it is now. Its identity is (stage, case, start, ordinal). */
export type OracleVisit = {
  /** Position in `allStagesOf`: that in the process's `stages`, and behind them the rests. */
  readonly stage: number
  readonly case: string
  /** k: 1 for the run's first visit of the stage. */
  readonly visit: number
  readonly start: number
  readonly ordinal: number
  readonly outcome: 'open' | 'completed' | 'abandoned' | 'expired'
  readonly end: number | undefined
  /** For `abandoned`: the group of `ends`. */
  readonly reason: string | undefined
  /** JSON array of the values of the stage's `by`, texts and nulls, as known at entry. */
  readonly entrySegment: string
  /** The same at leaving; the latest known while open. */
  readonly segment: string
  /** Just before the event that closed it; of one that no event closed the same as `segment`. */
  readonly segmentBefore: string
  /** The run's values at that same moment; always null for attributes of kind `field`. */
  readonly attributes: readonly AttributeValue[]
}

/** What became of a counted event; undefined where it acted without anything to report. */
export type Role = 'before_start' | 'after_end' | 'unmatched_end' | undefined

export type Run<E extends OracleEvent> = {
  readonly events: readonly E[]
  /** One for each event. */
  readonly roles: readonly Role[]
  readonly started: boolean
  /** The instant of the event of `ends` that ended it. */
  readonly end: number | undefined
  readonly visits: readonly OracleVisit[]
}

/** UTF-8 of the JSON array of the values. */
export const attributeBytes = (event: OracleEvent): Buffer => Buffer.from(JSON.stringify(event.attributes), 'utf8')

/** The order of a case's events: (at, activity, id as UTF-8 with none first, bytes of the attributes). */
export function compareEvents(left: OracleEvent, right: OracleEvent): number {
  if (left.at !== right.at) return left.at - right.at
  if (left.activity !== right.activity) return left.activity - right.activity
  if (left.id !== right.id) {
    if (left.id === undefined) return -1
    if (right.id === undefined) return 1
    return Buffer.compare(Buffer.from(left.id, 'utf8'), Buffer.from(right.id, 'utf8'))
  }
  return Buffer.compare(attributeBytes(left), attributeBytes(right))
}

/** Whether one of the patterns names the event's activity and its condition holds. */
export function matches(process: ProcessDefinition, patterns: readonly EventPattern[], event: OracleEvent): boolean {
  return patterns.some(
    pattern =>
      pattern.activity === event.activity &&
      (pattern.where === undefined ||
        conditionHolds(pattern.where, name => {
          const position = process.attributes.findIndex(attribute => attribute.name === name)
          if (position < 0) throw new Error(`condition ${pattern.where}: no attribute ${name}`)
          return event.attributes[position] ?? null
        })),
  )
}

/** The first group of `ends` that the event belongs to. */
const endGroup = (process: ProcessDefinition, event: OracleEvent): string | undefined =>
  process.ends.find(({ patterns }) => matches(process, patterns, event))?.group

/**
 * All runs of one case, in order.
 *
 * @param events all of one case, in any order.
 * @param watermark of the shard, which decides what has expired; -Infinity: nothing.
 */
export function runsOf<E extends OracleEvent>(
  process: ProcessDefinition,
  events: readonly E[],
  watermark: number,
): Run<E>[] {
  const runs: Run<E>[] = []
  let current: E[] = []
  let end: number | undefined
  let started = false
  for (const event of [...events].sort(compareEvents)) {
    const before = current.at(-1)
    const pause = before !== undefined && event.at - before.at >= process.caseTimeoutMs
    const afterEnd = end !== undefined && event.at - end > process.settleMs
    if (pause || afterEnd) {
      // A later run has begun: what this one left open has expired, wherever the watermark is.
      runs.push(walk(process, current, Number.POSITIVE_INFINITY))
      current = []
      end = undefined
      started = false
    }
    current.push(event)
    if (process.starts.length === 0 || matches(process, process.starts, event)) started = true
    if (started && end === undefined && endGroup(process, event) !== undefined) end = event.at
  }
  if (current.length > 0) runs.push(walk(process, current, watermark))
  return runs
}

/** One run from its events in order. */
function walk<E extends OracleEvent>(process: ProcessDefinition, events: readonly E[], watermark: number): Run<E> {
  const all = allStagesOf(process)
  const roles: Role[] = []
  const ended: OracleVisit[] = []
  let open: OracleVisit[] = []
  let known: AttributeValue[] = process.attributes.map(() => null)
  let knownBefore = known
  let entered: readonly OracleVisit[] = []
  let started = process.starts.length === 0
  let end: number | undefined

  const segmentOf = (stage: number, values = known): string =>
    JSON.stringify(all[stage]!.by.map(position => (values[position] === null ? null : String(values[position]))))
  const leave = (visit: OracleVisit, outcome: OracleVisit['outcome'], at: number | undefined, reason?: string) =>
    ended.push({
      ...visit,
      ...{ outcome, end: at, reason },
      segment: segmentOf(visit.stage),
      segmentBefore: entered.includes(visit) ? visit.entrySegment : segmentOf(visit.stage, knownBefore),
      attributes: known,
    })

  const enter = (stage: number, event: E) => {
    const earlier = ended.filter(candidate => candidate.stage === stage)
    const visit: OracleVisit = {
      stage,
      case: event.case,
      visit: earlier.length + 1,
      start: event.at,
      ordinal: earlier.filter(candidate => candidate.start === event.at).length,
      outcome: 'open',
      end: undefined,
      reason: undefined,
      entrySegment: segmentOf(stage),
      segment: segmentOf(stage),
      segmentBefore: segmentOf(stage),
      attributes: known,
    }
    open.push(visit)
    entered = [...entered, visit]
  }

  for (const event of events) {
    if (!started && matches(process, process.starts, event)) started = true
    if (!started) {
      roles.push('before_start')
      continue
    }
    if (end !== undefined) {
      roles.push('after_end')
      continue
    }
    knownBefore = known
    entered = []
    known = known.map((value, position) =>
      process.attributes[position]!.kind === 'field' ? null : (event.attributes[position] ?? value),
    )
    let unmatched = false
    for (const [stage, definition] of process.stages.entries()) {
      if (matches(process, definition.to, event)) {
        const visit = open.find(candidate => candidate.stage === stage)
        if (visit === undefined) unmatched = true
        else {
          leave(visit, 'completed', event.at)
          open = open.filter(candidate => candidate !== visit)
        }
      }
      if (matches(process, definition.from, event) && !open.some(candidate => candidate.stage === stage)) {
        enter(stage, event)
      }
    }
    for (let stage = process.stages.length; stage < all.length; stage++) {
      const isOpen = () => open.some(candidate => candidate.stage === stage)
      if (matches(process, all[stage]!.from, event) && !isOpen()) enter(stage, event)
      if (!matches(process, all[stage]!.to, event) || !isOpen()) continue
      leave(open.find(candidate => candidate.stage === stage)!, 'completed', event.at)
      open = open.filter(candidate => candidate.stage !== stage)
    }
    roles.push(unmatched ? 'unmatched_end' : undefined)
    const group = endGroup(process, event)
    if (group !== undefined) {
      end = event.at
      for (const visit of open) leave(visit, 'abandoned', event.at, group)
      open = []
    }
  }

  knownBefore = known
  entered = []
  const expiry = events.at(-1)!.at + process.caseTimeoutMs
  for (const visit of open) {
    if (watermark >= expiry) leave(visit, 'expired', expiry)
    else leave(visit, 'open', undefined)
  }
  return { events, roles, started, end, visits: ended }
}
