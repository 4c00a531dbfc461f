import type { Event } from '../event/event.ts'
import { compareEvents } from './event-order.ts'
import type { ProcessPlan } from './process-plan.ts'
import { applyEvent, copyRun, endedRun, expired, leavesMemoryAfter, newRun, type Role, type Run } from './run.ts'
import type { SegmentTable } from './segment-table.ts'
import type { EndedVisit, Visit, VisitChange } from './visit.ts'

/** An event that may still be joined by others before it, so it is kept as it is. */
export type KeptEvent = {
  readonly event: Event
  /** Which of the shard's topic partitions it came from. */
  readonly source: number
  role: Role
  /** Sources of further arrivals of exactly this event: they turn `conflicting` should a smaller one take its place. */
  readonly copies: number[]
}

/**
 * One case in memory.
 *
 *     folded away          kept, in order
 *     ──────────▶ base ──▶ e1 ── e2 ── e3 ──▶ tip
 *
 * `base` is the state that folded events have left, `tip` the state after all kept ones; `ended` holds the visits that
 * ended in between. An event that comes last acts on the tip; one that comes in between re-runs the kept events.
 */
export type Case = {
  base: Run
  tip: Run
  kept: KeptEvent[]
  ended: EndedVisit[]
  /** `at` of the newest folded event: nothing at or before it can be applied any more. */
  foldedTo: number
  /**
   * By activity, `at` of its newest folded event; only where sources have wide rows. A row that changes days later
   * repeats all its columns: what stands here is known to have been counted.
   */
  foldedAt: number[] | undefined
  /** The tip's open visits have been reported as expired. */
  tipExpired: boolean
  /** The deadline under which the case stands in the queue. */
  queuedFor: number
}

export function newCase(plan: ProcessPlan): Case {
  const run = newRun(plan)
  return {
    base: run,
    tip: run,
    kept: [],
    ended: [],
    foldedTo: -Infinity,
    foldedAt: plan.hasWideRows ? [] : undefined,
    tipExpired: false,
    queuedFor: Infinity,
  }
}

/** Applies an event that is the newest of its case; the common way. */
export function append(
  plan: ProcessPlan,
  segments: readonly SegmentTable[],
  kase: Case,
  kept: KeptEvent,
  changes: VisitChange[],
): void {
  reopen(plan, kase, changes)
  if (kase.kept.length === 0) kase.base = copyRun(kase.tip)
  const before = kase.tip.open.slice()
  const endedBefore = kase.ended.length
  kept.role = applyEvent(plan, segments, kase.tip, kept.event, kase.ended)
  kase.kept.push(kept)
  for (let stage = 0; stage < before.length; stage++) {
    const was = before[stage]
    if (was !== undefined && was !== kase.tip.open[stage]) changes.push({ sign: -1, visit: was })
  }
  for (let index = endedBefore; index < kase.ended.length; index++) {
    changes.push({ sign: 1, visit: kase.ended[index] as EndedVisit })
  }
  for (let stage = 0; stage < kase.tip.open.length; stage++) {
    const is = kase.tip.open[stage]
    if (is !== undefined && is !== before[stage]) changes.push({ sign: 1, visit: is })
  }
}

/**
 * Runs the kept events again from `base` and reports what came out differently.
 *
 * @param roleChanged is told of each event whose role is another than before.
 */
export function rerun(
  plan: ProcessPlan,
  segments: readonly SegmentTable[],
  kase: Case,
  changes: VisitChange[],
  roleChanged: (kept: KeptEvent, was: Role) => void,
): void {
  reopen(plan, kase, changes)
  const before = visitsOf(kase.ended, kase.tip)
  kase.tip = copyRun(kase.base)
  kase.ended = []
  for (const kept of kase.kept) {
    const was = kept.role
    kept.role = applyEvent(plan, segments, kase.tip, kept.event, kase.ended)
    if (kept.role !== was) roleChanged(kept, was)
  }
  difference(before, visitsOf(kase.ended, kase.tip), changes)
}

/** Lets go of the kept events before the horizon: `base` moves past them. */
export function foldAway(plan: ProcessPlan, segments: readonly SegmentTable[], kase: Case, horizon: number): void {
  const count = countBefore(kase.kept, horizon)
  if (count === 0) return
  kase.foldedTo = (kase.kept[count - 1] as KeptEvent).event.at
  if (kase.foldedAt !== undefined) {
    for (const { event } of kase.kept.slice(0, count)) kase.foldedAt[event.activity] = event.at
  }
  if (count === kase.kept.length) {
    if (kase.tip.phase === 'ended') kase.tip = endedRun(kase.tip)
    kase.base = kase.tip
    kase.kept = []
    kase.ended = []
    return
  }
  const folded: EndedVisit[] = []
  for (const kept of kase.kept.splice(0, count)) applyEvent(plan, segments, kase.base, kept.event, folded)
  kase.ended.splice(0, folded.length)
}

/**
 * Forgets the run that stands in `base` once it has left memory, while a later run of the case is still here. The kept
 * events are of that later run, so nothing changes for them; the first of them made the visits expire that were open in `base`, and
 * these leave with it.
 */
export function forgetLeftRun(plan: ProcessPlan, kase: Case, watermark: number): void {
  if (kase.kept.length === 0 || leavesMemoryAfter(plan, kase.base) >= watermark) return
  kase.ended.splice(0, kase.base.open.filter(visit => visit !== undefined).length)
  kase.base = newRun(plan)
}

/** The place of an event among the kept ones: the number of those that come before it. */
export function placeOf(kept: readonly KeptEvent[], event: Event): number {
  let place = kept.length
  while (place > 0 && compareEvents((kept[place - 1] as KeptEvent).event, event) > 0) place--
  return place
}

/** Reports the tip's open visits as expired. */
export function expire(plan: ProcessPlan, kase: Case, changes: VisitChange[]): void {
  kase.tipExpired = true
  for (const visit of kase.tip.open) {
    if (visit === undefined) continue
    changes.push({ sign: -1, visit }, { sign: 1, visit: expired(plan, kase.tip, visit) })
  }
}

/** Takes the expiry back: whatever comes next decides anew. */
function reopen(plan: ProcessPlan, kase: Case, changes: VisitChange[]): void {
  if (!kase.tipExpired) return
  kase.tipExpired = false
  for (const visit of kase.tip.open) {
    if (visit === undefined) continue
    changes.push({ sign: -1, visit: expired(plan, kase.tip, visit) }, { sign: 1, visit })
  }
}

function visitsOf(ended: readonly EndedVisit[], tip: Run): Visit[] {
  const visits: Visit[] = ended.slice()
  for (const visit of tip.open) if (visit !== undefined) visits.push(visit)
  return visits
}

function difference(before: readonly Visit[], after: readonly Visit[], changes: VisitChange[]): void {
  const left = new Map(before.map(visit => [identityOf(visit), visit]))
  const added: Visit[] = []
  for (const visit of after) {
    const identity = identityOf(visit)
    const was = left.get(identity)
    if (was !== undefined && sameVisit(was, visit)) left.delete(identity)
    else added.push(visit)
  }
  for (const visit of left.values()) changes.push({ sign: -1, visit })
  for (const visit of added) changes.push({ sign: 1, visit })
}

const identityOf = (visit: Visit): string => `${visit.stage}/${visit.start}/${visit.ordinal}`

function sameVisit(left: Visit, right: Visit): boolean {
  return (
    left.outcome === right.outcome &&
    left.visit === right.visit &&
    left.entrySegment === right.entrySegment &&
    left.segment === right.segment &&
    left.attributes.every((value, index) => value === right.attributes[index]) &&
    (left.outcome === 'open' || right.outcome === 'open' || (left.end === right.end && left.reason === right.reason))
  )
}

function countBefore(kept: readonly KeptEvent[], horizon: number): number {
  let count = 0
  while (count < kept.length && (kept[count] as KeptEvent).event.at < horizon) count++
  return count
}
