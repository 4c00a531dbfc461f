import type { CaseId, Event } from '../event/event.ts'
import { append, type Case, expire, foldAway, forgetLeftRun, type KeptEvent, newCase, placeOf, rerun } from './case.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { comparePrecedence, sameAttributes } from './event-order.ts'
import { type PackedCases, packCases, unpackCases } from './packed-case.ts'
import type { ProcessPlan } from './process-plan.ts'
import { expired, expiryOf, leavesMemoryAfter, ROLE, type Role } from './run.ts'
import type { SegmentTable } from './segment-table.ts'
import type { Visit, VisitChange } from './visit.ts'

/*
 * Events in, signed changes of visits out.
 *
 * For each case the book holds its recent events and the state that older ones have left, so that an event that comes
 * late or twice finds its place: visits are a function of the set of events, never of their arrival. What leaves is a
 * difference: −1 for each visit that is no longer so, +1 for what it is now; the sum of all changes is always the
 * present set of visits. The watermark alone moves time: it expires open visits and frees memory, and it does so
 * before the next event is looked at, so that the result is the same wherever a batch was cut.
 */

/** What became of an event; a late one that was applied is `counted` too. */
export type Acceptance =
  | { readonly outcome: 'counted'; readonly lateApplied: boolean }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'late' }

/** How many counted events of a topic partition play these parts now; corrections move them. */
export type RoleCounts = { beforeStart: number; afterEnd: number; unmatchedEnd: number; conflicting: number }

const newRoleCounts = (): RoleCounts => ({ beforeStart: 0, afterEnd: 0, unmatchedEnd: 0, conflicting: 0 })

export class CaseBook {
  readonly #plan: ProcessPlan
  readonly #segments: readonly SegmentTable[]
  readonly #cases = new Map<CaseId, Case>()
  readonly #queue = new DeadlineQueue<{ readonly id: CaseId; readonly kase: Case }>()
  readonly #roles: RoleCounts[]

  /** @param sources number of topic partitions that feed the book. */
  constructor(plan: ProcessPlan, segments: readonly SegmentTable[], sources: number) {
    this.#plan = plan
    this.#segments = segments
    this.#roles = Array.from({ length: sources }, newRoleCounts)
  }

  /** Cases in memory, ended ones that may still be corrected included. */
  get size(): number {
    return this.#cases.size
  }

  roles(source: number): Readonly<RoleCounts> {
    return this.#roles[source] as RoleCounts
  }

  /**
   * Takes one event.
   *
   * @param lateBefore the event is late if older than this; never before the horizon.
   * @param horizon of the shard: events before it are folded away.
   */
  accept(event: Event, source: number, lateBefore: number, horizon: number, changes: VisitChange[]): Acceptance {
    let kase = this.#cases.get(event.case)
    const isLate = event.at < lateBefore
    if (kase !== undefined) {
      foldAway(this.#plan, this.#segments, kase, horizon)
      forgetLeftRun(this.#plan, kase, horizon + this.#plan.settleMs)
      const twin = this.#twinOf(kase, event)
      if (twin >= 0) {
        this.#acceptDuplicate(kase, twin, event, source, isLate, changes)
        return { outcome: 'duplicate' }
      }
    }
    if (kase?.foldedAt?.[event.activity] === event.at && event.id === undefined) return { outcome: 'duplicate' }
    if (isLate && !this.#isNewerThanFolded(kase, event, horizon)) return { outcome: 'late' }
    if (kase === undefined) {
      kase = newCase(this.#plan)
      this.#cases.set(event.case, kase)
    }
    this.#insert(kase, { event, source, role: ROLE.none, copies: [] }, changes)
    foldAway(this.#plan, this.#segments, kase, horizon)
    this.#schedule(event.case, kase)
    return { outcome: 'counted', lateApplied: isLate }
  }

  /** Lets the shard's watermark pass: expires open visits, frees what can no longer matter. */
  advance(watermark: number, changes: VisitChange[]): void {
    while (this.#queue.next <= watermark) {
      const due = this.#queue.next
      const entry = this.#queue.take()
      if (entry === undefined) return
      const { id, kase } = entry
      if (kase.queuedFor !== due) continue
      kase.queuedFor = Infinity
      foldAway(this.#plan, this.#segments, kase, watermark - this.#plan.settleMs)
      if (!kase.tipExpired && expiryOf(this.#plan, kase.tip) <= watermark) expire(this.#plan, kase, changes)
      if (leavesMemoryAfter(this.#plan, kase.tip) < watermark) this.#cases.delete(id)
      else this.#schedule(id, kase)
    }
  }

  /** All visits that may still change: of each case those that ended among its kept events, and the open ones. */
  forEachVisit(call: (visit: Visit) => void): void {
    for (const kase of this.#cases.values()) {
      for (const visit of kase.ended) call(visit)
      for (const visit of kase.tip.open) {
        if (visit !== undefined) call(kase.tipExpired ? expired(this.#plan, kase.tip, visit) : visit)
      }
    }
  }

  snapshot(): CaseBookState {
    return { ...packCases(this.#cases), roles: this.#roles.map(roles => ({ ...roles })) }
  }

  restore(state: CaseBookState): void {
    for (const [id, kase] of unpackCases(state)) {
      this.#cases.set(id, kase)
      this.#schedule(id, kase)
    }
    state.roles.forEach((roles, source) => {
      this.#roles[source] = { ...roles }
    })
  }

  #insert(kase: Case, kept: KeptEvent, changes: VisitChange[]): void {
    const place = placeOf(kase.kept, kept.event)
    if (place === kase.kept.length) {
      append(this.#plan, this.#segments, kase, kept, changes)
      this.#count(kept, ROLE.none)
      return
    }
    kase.kept.splice(place, 0, kept)
    rerun(this.#plan, this.#segments, kase, changes, this.#count)
  }

  #acceptDuplicate(
    kase: Case,
    twin: number,
    event: Event,
    source: number,
    isLate: boolean,
    changes: VisitChange[],
  ): void {
    const kept = kase.kept[twin] as KeptEvent
    const precedence = comparePrecedence(event, kept.event)
    if (precedence === 0) kept.copies.push(source)
    else if (precedence > 0 || isLate || event.at <= kase.foldedTo) this.#rolesOf(source).conflicting++
    else {
      for (const copy of kept.copies) this.#rolesOf(copy).conflicting++
      // The displaced event stands in for this arrival: one of the two is the duplicate, and it differs.
      this.#rolesOf(source).conflicting++
      this.#uncount(kept)
      kase.kept.splice(twin, 1)
      const smaller: KeptEvent = { event, source: kept.source, role: ROLE.none, copies: [] }
      kase.kept.splice(placeOf(kase.kept, event), 0, smaller)
      rerun(this.#plan, this.#segments, kase, changes, this.#count)
      this.#schedule(event.case, kase)
    }
  }

  /** Index of the kept event with the same identity, or -1. Cases have few events within `settle`: a walk finds it. */
  #twinOf(kase: Case, event: Event): number {
    const { kept } = kase
    for (let index = kept.length - 1; index >= 0; index--) {
      const other = (kept[index] as KeptEvent).event
      if (event.id !== undefined || other.id !== undefined) {
        if (event.id === other.id) return index
        continue
      }
      if (other.at < event.at) return -1
      if (other.at === event.at && other.activity === event.activity && this.#sameIdentity(other, event)) return index
    }
    return -1
  }

  #sameIdentity(left: Event, right: Event): boolean {
    const read = this.#plan.identityAttributes
    if (read.length === 0 || sameAttributes(left.attributes, right.attributes)) return true
    return read.every(index => left.attributes[index] === right.attributes[index])
  }

  #isNewerThanFolded(kase: Case | undefined, event: Event, horizon: number): boolean {
    if (kase !== undefined && kase.foldedTo !== -Infinity) return event.at > kase.foldedTo
    // Nothing is known to be folded: whatever was ever forgotten of the case is older than this.
    return event.at >= horizon - this.#plan.settleMs
  }

  #schedule(id: CaseId, kase: Case): void {
    const leaves = leavesMemoryAfter(this.#plan, kase.tip)
    const last = kase.kept.at(-1)
    const folds = last === undefined ? Infinity : last.event.at + this.#plan.settleMs
    const expires = kase.tipExpired ? Infinity : expiryOf(this.#plan, kase.tip)
    // The first two are exceeded, an expiry is reached: the next whole millisecond makes them one kind of deadline.
    const due = Math.min(folds + 1, leaves + 1, expires)
    if (due >= kase.queuedFor) return
    kase.queuedFor = due
    this.#queue.add(due, { id, kase })
  }

  readonly #count = (kept: KeptEvent, was: Role): void => {
    const roles = this.#rolesOf(kept.source)
    move(roles, was, -1)
    move(roles, kept.role, 1)
  }

  #uncount(kept: KeptEvent): void {
    move(this.#rolesOf(kept.source), kept.role, -1)
  }

  #rolesOf(source: number): RoleCounts {
    return this.#roles[source] as RoleCounts
  }
}

function move(roles: RoleCounts, role: Role, by: 1 | -1): void {
  if (role === ROLE.beforeStart) roles.beforeStart += by
  else if (role === ROLE.afterEnd) roles.afterEnd += by
  else if (role === ROLE.unmatchedEnd) roles.unmatchedEnd += by
}

export type CaseBookState = PackedCases & {
  readonly roles: readonly RoleCounts[]
}
