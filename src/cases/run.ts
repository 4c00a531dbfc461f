import type { AttributeValue, CaseId, Event } from '../event/event.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { ProcessPlan } from './process-plan.ts'
import type { SegmentTable } from './segment-table.ts'
import type { EndedVisit, OpenVisit } from './visit.ts'

/**
 * A case's present run: the state that its events, taken in order, have left.
 *
 *     waiting ──start──▶ started ──end──▶ ended
 *        ▲                  │               │
 *        └── case_timeout ──┴── settle ─────┘   the next event then begins another run
 *
 * `apply` is the whole meaning of events: it knows nothing of arrival, lateness or memory. Visits are values that are
 * replaced, never altered, so a caller sees what an event changed by comparing `open` before and after.
 */
export type Run = {
  phase: 'waiting' | 'started' | 'ended'
  /** Of the latest event; `-Infinity` before the first. */
  last: number
  /** Of the event that ended the run; meaningful in phase `ended`. */
  endedAt: number
  /** Latest known attribute values; null where none is known. */
  carried: readonly AttributeValue[]
  /** By stage. */
  open: (OpenVisit | undefined)[]
  /** By stage: visits so far, and start and ordinal of the latest one. */
  visits: number[]
  lastStart: number[]
  lastOrdinal: number[]
}

/** How an event took part in its run, as far as it is counted. */
export const ROLE = { none: 0, beforeStart: 1, afterEnd: 2, unmatchedEnd: 4 } as const
export type Role = number

export function newRun(plan: ProcessPlan): Run {
  return {
    phase: 'waiting',
    last: -Infinity,
    endedAt: -Infinity,
    carried: plan.carried.map(() => null),
    open: new Array(plan.stageCount).fill(undefined),
    visits: new Array(plan.stageCount).fill(0),
    lastStart: new Array(plan.stageCount).fill(-Infinity),
    lastOrdinal: new Array(plan.stageCount).fill(0),
  }
}

export const copyRun = (run: Run): Run => ({
  phase: run.phase,
  last: run.last,
  endedAt: run.endedAt,
  carried: run.carried,
  open: run.open.slice(),
  visits: run.visits.slice(),
  lastStart: run.lastStart.slice(),
  lastOrdinal: run.lastOrdinal.slice(),
})

/**
 * Lets the next event of the case act on its run.
 *
 * @param event not before any event that acted already, in the order of `compareEvents`.
 * @param ended takes the visits that this event ended, in the order of the stages.
 */
export function applyEvent(
  plan: ProcessPlan,
  segments: readonly SegmentTable[],
  run: Run,
  event: Event,
  ended: EndedVisit[],
): Role {
  if (beginsAnotherRun(plan, run, event.at)) {
    if (run.phase === 'started') expireOpenVisits(plan, run, ended)
    Object.assign(run, newRun(plan))
  }
  run.last = event.at
  if (run.phase === 'ended') return ROLE.afterEnd
  const activity = plan.activities[event.activity]
  if (activity === undefined) throw new Error(`activity ${event.activity} is not one of the process`)
  if (run.phase === 'waiting') {
    if (plan.declaresStarts && !activity.starts?.(event)) return ROLE.beforeStart
    run.phase = 'started'
  }
  carryAttributes(plan, segments, run, event.attributes)
  let role: Role = ROLE.none
  for (const { stage, closes, opens } of activity.effects) {
    if (closes?.(event)) {
      const visit = run.open[stage]
      if (visit === undefined) role = ROLE.unmatchedEnd
      else {
        ended.push(endVisit(visit, 'completed', event.at, undefined))
        run.open[stage] = undefined
      }
    }
    if (opens?.(event) && run.open[stage] === undefined) run.open[stage] = openVisit(segments, run, stage, event)
  }
  const end = activity.ends.find(({ matches }) => matches(event))
  if (end !== undefined) {
    for (const visit of run.open) if (visit) ended.push(endVisit(visit, 'abandoned', event.at, end.group))
    run.open.fill(undefined)
    run.phase = 'ended'
    run.endedAt = event.at
  }
  return role
}

/**
 * What has to be known of a run that has ended and whose events are all folded: when. Its lists are empty and shared;
 * nothing reads them before the next event either comes after the end or begins another run.
 */
export const endedRun = (run: Run): Run => ({
  phase: 'ended',
  last: run.last,
  endedAt: run.endedAt,
  carried: none,
  open: none,
  visits: none,
  lastStart: none,
  lastOrdinal: none,
})

const none: never[] = []

/** The watermark from which on the run's open visits are expired; `Infinity` where there are none. */
export function expiryOf(plan: ProcessPlan, run: Run): number {
  return run.phase === 'started' && run.open.some(visit => visit !== undefined)
    ? run.last + plan.caseTimeoutMs
    : Infinity
}

/**
 * The watermark which, once exceeded, means that the run may be forgotten.
 *
 * By then each of its events is older than the horizon by more than `settle` (those after its end reach to end +
 * `settle`), so no copy of them can be taken for an event of a case that nobody knows.
 */
export function leavesMemoryAfter(plan: ProcessPlan, run: Run): number {
  if (run.phase === 'ended') return run.endedAt + 3 * plan.settleMs
  if (run.phase === 'waiting') return run.last + 2 * plan.settleMs
  return run.last + Math.max(plan.caseTimeoutMs, plan.settleMs) + plan.settleMs
}

export const expired = (plan: ProcessPlan, run: Run, visit: OpenVisit): EndedVisit =>
  endVisit(visit, 'expired', instant(run.last + plan.caseTimeoutMs), undefined)

function beginsAnotherRun(plan: ProcessPlan, run: Run, at: Instant): boolean {
  if (at - run.last >= plan.caseTimeoutMs) return run.last !== -Infinity
  return run.phase === 'ended' && at - run.endedAt > plan.settleMs
}

function expireOpenVisits(plan: ProcessPlan, run: Run, ended: EndedVisit[]): void {
  for (const visit of run.open) if (visit) ended.push(expired(plan, run, visit))
}

function carryAttributes(
  plan: ProcessPlan,
  segments: readonly SegmentTable[],
  run: Run,
  attributes: readonly AttributeValue[],
): void {
  let next: AttributeValue[] | undefined
  for (let index = 0; index < attributes.length; index++) {
    const value = attributes[index] as AttributeValue
    if (value === null || value === run.carried[index] || !plan.carried[index]) continue
    next ??= run.carried.slice()
    next[index] = value
  }
  if (next === undefined) return
  run.carried = next
  for (let stage = 0; stage < run.open.length; stage++) {
    const visit = run.open[stage]
    if (visit === undefined) continue
    const segment = (segments[stage] as SegmentTable).readmit(visit.segment, next)
    run.open[stage] = { ...visit, segment, attributes: next }
  }
}

function openVisit(segments: readonly SegmentTable[], run: Run, stage: number, event: Event): OpenVisit {
  const sameStart = run.lastStart[stage] === event.at
  const ordinal = sameStart ? (run.lastOrdinal[stage] as number) + 1 : 0
  const visit = (run.visits[stage] as number) + 1
  run.visits[stage] = visit
  run.lastStart[stage] = event.at
  run.lastOrdinal[stage] = ordinal
  const segment = (segments[stage] as SegmentTable).admit(run.carried)
  return {
    stage,
    case: event.case as CaseId,
    visit,
    start: event.at,
    ordinal,
    entrySegment: segment,
    segment,
    attributes: run.carried,
    outcome: 'open',
  }
}

const endVisit = (
  visit: OpenVisit,
  outcome: EndedVisit['outcome'],
  end: Instant,
  reason: string | undefined,
): EndedVisit => ({
  stage: visit.stage,
  case: visit.case,
  visit: visit.visit,
  start: visit.start,
  ordinal: visit.ordinal,
  entrySegment: visit.entrySegment,
  segment: visit.segment,
  attributes: visit.attributes,
  outcome,
  end,
  reason,
})
