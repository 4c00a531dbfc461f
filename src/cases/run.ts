import type { AttributeTable } from '../event/attribute-table.ts'
import type { CaseEvent } from './kept-event.ts'
import type { ProcessPlan, StageEffect } from './process-plan.ts'

/** A run's phase. An event after `ENDED` has no effect, one in `WAITING` only if it starts the run. */
export const WAITING = 0
export const STARTED = 1
export const ENDED = 2

/** How a visit ended; the numbers are those of `outcomeNames`. */
export const OPEN = 0
export const COMPLETED = 1
export const ABANDONED = 2
export const EXPIRED_VISIT = 3
export const outcomeNames = ['open', 'completed', 'abandoned', 'expired'] as const
export type EndOutcome = typeof COMPLETED | typeof ABANDONED | typeof EXPIRED_VISIT

/** How an event took part in its run, as far as it is counted. */
export const ROLE = { none: 0, beforeStart: 1, afterEnd: 2, unmatchedEnd: 4 } as const
export type Role = number

/** Is told what an event does to a run, while it does it. */
export type RunListener = {
  /** The run's attributes are about to be others, which its open visits then have. */
  carrying(run: Run, tuple: number): void
  /** A visit of the stage has been opened; the run says which. */
  opened(run: Run, stage: number, event: CaseEvent): void
  /** The open visit of the stage, which the run still holds, ends. @param group of `ends`, -1 where none. */
  ended(run: Run, stage: number, outcome: EndOutcome, end: number, group: number): void
}

/**
 * A case's present run: the state that its events, taken in order, have left.
 *
 *     waiting ──start──▶ started ──end──▶ ended
 *        ▲                  │               │
 *        └── case_timeout ──┴── settle ─────┘   the next event then begins another run
 *
 * One instance is used for many cases, one after the other: a case lies in words, and is run through here.
 */
export class Run {
  phase: typeof WAITING | typeof STARTED | typeof ENDED = WAITING
  /** `at` of the latest event; `-Infinity` before the first. */
  last = -Infinity
  /** Of the event that ended the run; meaningful in phase `ENDED`. */
  endedAt = -Infinity
  /** Latest known labels. */
  carried = 0
  /** Latest known numbers; NaN where none is known. */
  readonly numbers: Float64Array
  /** Visits open now. */
  openCount = 0
  /** By stage: whether a visit is open. */
  readonly isOpen: Uint8Array
  /** By stage: visits so far, and start and ordinal of the latest one. */
  readonly visits: Int32Array
  readonly starts: Float64Array
  readonly ordinals: Int32Array

  /** @param numbersWidth numbers that are carried. */
  constructor(stages: number, numbersWidth: number) {
    this.numbers = new Float64Array(numbersWidth).fill(Number.NaN)
    this.isOpen = new Uint8Array(stages)
    this.visits = new Int32Array(stages)
    this.starts = new Float64Array(stages).fill(-Infinity)
    this.ordinals = new Int32Array(stages)
  }

  /** Becomes one without events. */
  reset(): void {
    this.phase = WAITING
    this.last = -Infinity
    this.endedAt = -Infinity
    this.carried = 0
    this.openCount = 0
    // Loops: for a handful of stages they are quicker than `fill`.
    for (let index = 0; index < this.numbers.length; index++) this.numbers[index] = Number.NaN
    for (let stage = 0; stage < this.isOpen.length; stage++) {
      this.isOpen[stage] = 0
      this.visits[stage] = 0
      this.starts[stage] = -Infinity
      this.ordinals[stage] = 0
    }
  }

  copyFrom(other: Run): void {
    this.phase = other.phase
    this.last = other.last
    this.endedAt = other.endedAt
    this.carried = other.carried
    this.openCount = other.openCount
    for (let index = 0; index < this.numbers.length; index++) this.numbers[index] = other.numbers[index] as number
    for (let stage = 0; stage < this.isOpen.length; stage++) {
      this.isOpen[stage] = other.isOpen[stage] as number
      this.visits[stage] = other.visits[stage] as number
      this.starts[stage] = other.starts[stage] as number
      this.ordinals[stage] = other.ordinals[stage] as number
    }
  }
}

/**
 * Lets the next event of the case act on its run: the whole meaning of events. It knows nothing of arrival, lateness or
 * memory.
 *
 * @param event not before any event that acted already, in the order of `compareEvents`.
 */
export function applyEvent(
  plan: ProcessPlan,
  table: AttributeTable,
  run: Run,
  event: CaseEvent,
  listener: RunListener | undefined,
): Role {
  if (beginsAnotherRun(plan, run, event.at)) {
    if (run.openCount > 0) endOpenVisits(run, EXPIRED_VISIT, run.last + plan.caseTimeoutMs, -1, listener)
    run.reset()
  }
  run.last = event.at
  if (run.phase === ENDED) return ROLE.afterEnd
  const activity = plan.activities[event.activity]
  if (activity === undefined) throw new Error(`activity ${event.activity} is not one of the process`)
  if (run.phase === WAITING) {
    if (plan.declaresStarts && !activity.starts?.holds(event)) return ROLE.beforeStart
    run.phase = STARTED
  }
  carryAttributes(table, run, event, listener)
  let role: Role = ROLE.none
  for (const { stage, closes, opens } of activity.effects) {
    if (closes?.holds(event)) {
      if (run.isOpen[stage] === 0) role = ROLE.unmatchedEnd
      else endVisit(run, stage, COMPLETED, event.at, -1, listener)
    }
    if (opens?.holds(event) && run.isOpen[stage] === 0) openVisit(run, stage, event, listener)
  }
  if (activity.rests.length > 0) applyToRests(activity.rests, run, event, listener)
  for (const { group, condition } of activity.ends) {
    if (!condition.holds(event)) continue
    endOpenVisits(run, ABANDONED, event.at, group, listener)
    run.phase = ENDED
    run.endedAt = event.at
    break
  }
  return role
}

/**
 * What an event does to the rests of stages. One that opens and completes a rest does both, in this order: to leave a stage
 * with the very event that ends the deadline's stage takes no time. An end without an open visit is nobody's mistake.
 */
function applyToRests(
  rests: readonly StageEffect[],
  run: Run,
  event: CaseEvent,
  listener: RunListener | undefined,
): void {
  for (const { stage, closes, opens } of rests) {
    if (opens?.holds(event) && run.isOpen[stage] === 0) openVisit(run, stage, event, listener)
    if (closes?.holds(event) && run.isOpen[stage] === 1) endVisit(run, stage, COMPLETED, event.at, -1, listener)
  }
}

/** The watermark from which on the run's open visits are expired; `Infinity` where there are none. */
export const expiryOf = (plan: ProcessPlan, run: Run): number =>
  run.openCount > 0 ? run.last + plan.caseTimeoutMs : Infinity

/**
 * The watermark which, once exceeded, means that the run may be forgotten.
 *
 * By then each of its events is older than the horizon by more than `settle` (those after its end reach to end +
 * `settle`), so no copy of them can be taken for an event of a case that nobody knows.
 */
export function leavesMemoryAfter(plan: ProcessPlan, run: Run): number {
  if (run.phase === ENDED) return run.endedAt + 3 * plan.settleMs
  if (run.phase === WAITING) return run.last + 2 * plan.settleMs
  return run.last + Math.max(plan.caseTimeoutMs, plan.settleMs) + plan.settleMs
}

function beginsAnotherRun(plan: ProcessPlan, run: Run, at: number): boolean {
  if (at - run.last >= plan.caseTimeoutMs) return run.last !== -Infinity
  return run.phase === ENDED && at - run.endedAt > plan.settleMs
}

function carryAttributes(table: AttributeTable, run: Run, event: CaseEvent, listener: RunListener | undefined): void {
  const tuple = table.carry(run.carried, event.tuple)
  let hasChanged = tuple !== run.carried
  const { numbers } = event
  // Those that are carried come first.
  const carried = run.numbers.length
  for (let index = 0; index < carried; index++) {
    const value = numbers[index] as number
    if (!Number.isNaN(value) && value !== run.numbers[index]) hasChanged = true
  }
  if (!hasChanged) return
  listener?.carrying(run, tuple)
  run.carried = tuple
  for (let index = 0; index < carried; index++) {
    const value = numbers[index] as number
    if (!Number.isNaN(value)) run.numbers[index] = value
  }
}

function openVisit(run: Run, stage: number, event: CaseEvent, listener: RunListener | undefined): void {
  run.ordinals[stage] = run.starts[stage] === event.at ? (run.ordinals[stage] as number) + 1 : 0
  run.visits[stage] = (run.visits[stage] as number) + 1
  run.starts[stage] = event.at
  run.isOpen[stage] = 1
  run.openCount++
  listener?.opened(run, stage, event)
}

function endVisit(
  run: Run,
  stage: number,
  outcome: EndOutcome,
  end: number,
  group: number,
  listener: RunListener | undefined,
): void {
  listener?.ended(run, stage, outcome, end, group)
  run.isOpen[stage] = 0
  run.openCount--
}

function endOpenVisits(
  run: Run,
  outcome: EndOutcome,
  end: number,
  group: number,
  listener: RunListener | undefined,
): void {
  if (run.openCount === 0) return
  for (let stage = 0; stage < run.isOpen.length; stage++) {
    if (run.isOpen[stage] === 1) endVisit(run, stage, outcome, end, group, listener)
  }
}
