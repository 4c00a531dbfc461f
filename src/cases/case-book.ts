import type { DecodedRecord } from '../decode/decoded-record.ts'
import type { AttributeTable } from '../event/attribute-table.ts'
import { CaseKey } from './case-key.ts'
import { BASE, ENDED_ONCE, EXPIRED, FOLDED, TIP } from './case-layout.ts'
import { CaseStore, type CaseStoreState, NOT_QUEUED } from './case-store.ts'
import { ChangedVisits } from './changed-visits.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { EventOrder, sameNumbers } from './event-order.ts'
import { KeptCopies, type KeptCopiesState } from './kept-copies.ts'
import { CaseEvent, NO_ID } from './kept-event.ts'
import { LiveEffects } from './live-effects.ts'
import type { ProcessPlan } from './process-plan.ts'
import { type RoleCounts, Roles } from './roles.ts'
import { applyEvent, ENDED, expiryOf, leavesMemoryAfter, ROLE, Run, type RunListener } from './run.ts'
import type { SegmentTable } from './segment-table.ts'
import type { ChangedVisit, VisitSink } from './visit.ts'
import { VisitDifference } from './visit-difference.ts'
import { VisitList } from './visit-list.ts'
import { VisitSlots, type VisitSlotsState } from './visit-slots.ts'

/*
 * Events in, signed changes of visits out.
 *
 *     folded away          kept, in order
 *     ──────────▶ base ──▶ e1 ── e2 ── e3 ──▶ tip
 *
 * Of each case the book holds its recent events and the run that older ones have left, so that an event that comes
 * late or twice finds its place: visits are a function of the set of events, never of their arrival. An event that
 * comes last acts on the tip; one that comes in between is put in its place and the kept events are run through twice,
 * without it and with it: what comes out differently leaves as signed changes. The watermark alone moves time: it
 * expires open visits and frees memory, and it does so before the next event is looked at, so that the result is the
 * same wherever a batch was cut.
 *
 * Cases lie in words (`CaseStore`); here they are run through in a few objects that are used again for every event.
 */

/** What became of an event; a late one that was applied is counted too. */
export const COUNTED = 0
export const LATE_APPLIED = 1
export const DUPLICATE = 2
export const LATE = 3
export type Acceptance = typeof COUNTED | typeof LATE_APPLIED | typeof DUPLICATE | typeof LATE

export type CaseBookOptions = {
  readonly plan: ProcessPlan
  readonly table: AttributeTable
  readonly segments: readonly SegmentTable[]
  /** By stage. */
  readonly sinks: readonly VisitSink[]
  /** Topic partitions that feed the book. */
  readonly sources: number
  /** Whether rows of changed visits are wanted. */
  readonly withVisits: boolean
  readonly limits: CaseLimits
}

/** What a shard holds at most. */
export type CaseLimits = { readonly cases: number; readonly eventsPerCase: number }

export class CaseBook {
  readonly #plan: ProcessPlan
  readonly #table: AttributeTable
  readonly #store: CaseStore
  readonly #queue: DeadlineQueue
  readonly #order: EventOrder
  readonly #roles: Roles
  readonly #copies = new KeptCopies()
  readonly #slots: VisitSlots
  readonly #live: LiveEffects
  readonly #difference: VisitDifference
  readonly #changed: ChangedVisits
  readonly #run: Run
  readonly #event: CaseEvent
  readonly #kept: CaseEvent
  /** The id of the event in hand, where it has one. */
  readonly #id = new CaseKey()
  #isNamed = false
  readonly #before: VisitList
  readonly #after: VisitList
  readonly #rolesBefore: number[] = []
  readonly #rolesNow: number[] = []
  readonly #limits: CaseLimits
  /** Cases whose run has ended, by its end: who leaves first when there are too many. */
  readonly #ended: DeadlineQueue
  #settleCut = 0
  /** The case of the record that was begun; -1: it is not here. */
  #handle = -1

  constructor({ plan, table, segments, sinks, sources, withVisits, limits }: CaseBookOptions) {
    const numbers = plan.split.numbers.length
    this.#plan = plan
    this.#table = table
    this.#store = new CaseStore(plan, table, sources)
    this.#limits = limits
    this.#queue = new DeadlineQueue(plan.caseTimeoutMs)
    this.#ended = new DeadlineQueue(3 * plan.settleMs)
    this.#order = new EventOrder(plan.split, table, block => this.#store.idText(block))
    this.#roles = new Roles(sources)
    this.#slots = new VisitSlots(segments)
    this.#run = new Run(plan.stageCount, numbers)
    this.#event = new CaseEvent(numbers)
    this.#kept = new CaseEvent(numbers)
    this.#before = new VisitList(plan.stageCount, numbers)
    this.#after = new VisitList(plan.stageCount, numbers)
    const visits = (list: VisitList) => this.#collect(list, undefined)
    this.#changed = new ChangedVisits(this.#store, plan, table, visits, withVisits)
    this.#live = new LiveEffects(sinks, this.#slots, this.#changed)
    this.#difference = new VisitDifference(sinks, this.#slots, this.#changed)
  }

  /** Cases in memory, ended ones that may still be corrected included. */
  get size(): number {
    return this.#store.size
  }

  /** Bytes of the cases' words. */
  get bytes(): number {
    return this.#store.bytes
  }

  /** Runs that had to leave memory sooner than their events can be corrected. */
  get settleCut(): number {
    return this.#settleCut
  }

  roles(source: number): Readonly<RoleCounts> {
    return this.#roles.of(source)
  }

  /** The record whose events are accepted next. */
  begin(record: DecodedRecord): void {
    this.#table.sweep()
    this.#store.key.set(record.caseBytes, record.caseFrom, record.caseTo)
    this.#handle = this.#store.find()
  }

  /** Whether the case of the record that was begun is in memory. */
  knowsCase(): boolean {
    return this.#handle >= 0
  }

  /**
   * Whether the events of the record that was begun can be held. Where there are too many cases, those whose run has
   * ended make room, the oldest end first.
   */
  hasRoomFor(record: DecodedRecord, horizon: number): boolean {
    const handle = this.#handle
    if (handle >= 0) {
      if (this.#store.count + record.count <= this.#limits.eventsPerCase) return true
      this.#foldAway(handle, horizon)
      return this.#store.count + record.count <= this.#limits.eventsPerCase
    }
    if (record.count > this.#limits.eventsPerCase) return false
    return this.#store.size < this.#limits.cases || this.#cutOldest()
  }

  /**
   * Takes one event of the record that was begun.
   *
   * @param lateBefore the event is late if older than this; never before the horizon.
   * @param horizon of the shard: events before it are folded away.
   */
  accept(record: DecodedRecord, index: number, source: number, lateBefore: number, horizon: number): Acceptance {
    const event = this.#readEvent(record, index, source)
    const isLate = event.at < lateBefore
    let handle = this.#handle
    if (handle < 0) {
      if (isLate && event.at < horizon - this.#plan.settleMs) return LATE
      handle = this.#store.create()
      this.#handle = handle
    } else {
      this.#store.open(handle)
      this.#foldAway(handle, horizon)
      const twin = this.#twinOf(event)
      if (twin >= 0) {
        this.#acceptDuplicate(handle, twin, event, isLate, record, index)
        return DUPLICATE
      }
      if (this.#plan.hasWideRows && !hasId(record, index) && this.#store.foldedAtOf(event.activity) === event.at)
        return DUPLICATE
      if (isLate && !this.#isNewerThanFolded(event, horizon)) return LATE
    }
    this.#keepId(event, record, index)
    this.#insert(handle, event)
    if (event.at < horizon) this.#foldAway(handle, horizon)
    this.#schedule(handle)
    return isLate ? LATE_APPLIED : COUNTED
  }

  /** Lets the shard's watermark pass: expires open visits, frees what can no longer matter. */
  advance(watermark: number): void {
    if (this.#ended.mayBeDue(watermark - 3 * this.#plan.settleMs)) this.#pruneEnded(watermark - 3 * this.#plan.settleMs)
    if (!this.#queue.mayBeDue(watermark)) return
    for (;;) {
      const handle = this.#queue.take(watermark, this.#dueOf)
      if (handle < 0) return
      if (this.#store.queuedIn(handle) !== this.#queue.takenFrom) continue
      this.#store.setQueued(handle, NOT_QUEUED)
      this.#store.open(handle)
      this.#foldAway(handle, watermark - this.#plan.settleMs)
      const run = this.#runThrough()
      if ((this.#store.flags & EXPIRED) === 0 && expiryOf(this.#plan, run) <= watermark) {
        this.#live.begin(handle)
        this.#changed.begin(handle)
        this.#live.expire(run, run.last + this.#plan.caseTimeoutMs, 1)
        this.#store.flag = this.#store.flags | EXPIRED
      }
      if (leavesMemoryAfter(this.#plan, run) < watermark) this.#forget(handle)
      else this.#schedule(handle)
    }
  }

  /** Visits that changed since the last time, as they are now. */
  takeChanged(): ChangedVisit[] {
    return this.#changed.take()
  }

  /** To be taken when no changed visits wait to be taken. Shares its words: write it out before the next event. */
  snapshot(): CaseBookState {
    return {
      store: this.#store.snapshot(),
      roles: this.#roles.snapshot(),
      copies: this.#copies.snapshot(),
      slots: this.#slots.snapshot(),
      settleCut: this.#settleCut,
    }
  }

  restore(state: CaseBookState): void {
    this.#store.restore(state.store)
    this.#roles.restore(state.roles)
    this.#copies.restore(state.copies)
    this.#slots.restore(state.slots)
    this.#settleCut = state.settleCut
    for (const handle of this.#store.handles()) {
      this.#store.open(handle)
      this.#store.flag = this.#store.flags & ~ENDED_ONCE
      this.#runThrough()
      this.#schedule(handle)
    }
  }

  #readEvent(record: DecodedRecord, index: number, source: number): CaseEvent {
    const event = this.#event
    event.at = record.at[index] as number
    event.activity = record.activities[index] as number
    event.source = source
    event.tuple = record.tuples[index] as number
    const width = event.numbers.length
    for (let number = 0; number < width; number++)
      event.numbers[number] = record.numbers[index * width + number] as number
    event.idBlock = NO_ID
    this.#isNamed = hasId(record, index)
    if (this.#isNamed) {
      this.#id.set(record.idBytes, record.idFrom[index] as number, record.idTo[index] as number)
      event.idHash = this.#id.hash
    }
    return event
  }

  #keepId(event: CaseEvent, record: DecodedRecord, index: number): void {
    if (!hasId(record, index)) return
    event.idBlock = this.#store.keepId(record.idBytes, record.idFrom[index] as number, record.idTo[index] as number)
  }

  /** Puts an event in its place among the kept ones of the present case. */
  #insert(handle: number, event: CaseEvent): void {
    const { count } = this.#store
    let place = count
    if (count > 0 && this.#store.instantOf(count - 1) >= event.at) place = this.#placeOf(event)
    this.#changed.begin(handle)
    this.#live.begin(handle)
    this.#reopen()
    if (place === count) this.#append(handle, event)
    else this.#change(handle, -1, event, place)
  }

  /** The common way: the event is the newest of its case. */
  #append(handle: number, event: CaseEvent): void {
    const run = this.#runThrough()
    this.#live.begin(handle)
    const role = applyEvent(this.#plan, this.#table, run, event, this.#live)
    this.#live.finish(run)
    this.#store.append(handle, event, run)
    if (role !== ROLE.none) this.#roles.move(event.source, ROLE.none, role)
  }

  /** Takes out a kept event (-1: none), puts another in, and reports what comes out differently. */
  #change(handle: number, without: number, added: CaseEvent, place: number): void {
    const { draft } = this.#store
    this.#collect(this.#before, this.#rolesBefore)
    this.#draftAsItIs()
    draft.without = without
    draft.added = added
    draft.place = place
    this.#store.rewrite(handle)
    this.#collect(this.#after, undefined)
    // Roles of the events that were there before; the events behind the new one stand one place further on.
    let was = 0
    for (let index = 0; index < this.#store.count; index++) {
      const isAdded = index === (without >= 0 && without < place ? place - 1 : place)
      if (!isAdded && was === without) was++
      this.#store.readEvent(index, this.#kept)
      const before = isAdded ? ROLE.none : (this.#rolesBefore[was++] as number)
      this.#roles.move(this.#kept.source, before, this.#rolesNow[index] as number)
    }
    this.#difference.report(handle, this.#before, this.#after)
  }

  #acceptDuplicate(
    handle: number,
    twin: number,
    event: CaseEvent,
    isLate: boolean,
    record: DecodedRecord,
    index: number,
  ): void {
    const kept = this.#kept
    this.#store.readEvent(twin, kept)
    const precedence = this.#order.comparePrecedence(event, kept)
    if (precedence === 0) this.#copies.add(handle, this.#identityOf(kept), event.source)
    else if (precedence > 0 || isLate || event.at <= this.#store.foldedTo) this.#roles.conflict(event.source)
    else {
      for (const copy of this.#copies.take(handle, this.#identityOf(kept))) this.#roles.conflict(copy)
      // The displaced event stands in for this arrival: one of the two is the duplicate, and it differs.
      this.#roles.conflict(event.source)
      this.#displace(handle, twin, event, kept.source, record, index)
    }
  }

  #displace(
    handle: number,
    twin: number,
    event: CaseEvent,
    source: number,
    record: DecodedRecord,
    index: number,
  ): void {
    this.#changed.begin(handle)
    this.#live.begin(handle)
    this.#reopen()
    this.#collect(this.#before, this.#rolesBefore)
    this.#roles.move(source, this.#rolesBefore[twin] as number, ROLE.none)
    event.source = source
    this.#keepId(event, record, index)
    this.#change(handle, twin, event, this.#placeOf(event))
    this.#schedule(handle)
  }

  /** The number of kept events that come before an event. */
  #placeOf(event: CaseEvent): number {
    let place = this.#store.count
    while (place > 0) {
      this.#store.readEvent(place - 1, this.#kept)
      if (this.#order.compare(this.#kept, event) <= 0) break
      place--
    }
    return place
  }

  /** Index of the kept event with the same identity, or -1. Cases have few events within `settle`: a walk finds it. */
  #twinOf(event: CaseEvent): number {
    const store = this.#store
    const kept = this.#kept
    const isNamed = this.#isNamed
    for (let index = store.count - 1; index >= 0; index--) {
      if (!store.events.hasIds) {
        const at = store.instantOf(index)
        if (at < event.at) return -1
        if (at > event.at) continue
      }
      store.readEvent(index, kept)
      if (store.events.hasIds && (isNamed || kept.idBlock !== NO_ID)) {
        const isTwin = isNamed && kept.idHash === event.idHash && kept.idBlock !== NO_ID
        if (isTwin && store.idEquals(kept.idBlock, this.#id)) return index
        continue
      }
      if (kept.at < event.at) return -1
      if (kept.at === event.at && kept.activity === event.activity && this.#hasSameIdentity(kept, event)) return index
    }
    return -1
  }

  #hasSameIdentity(left: CaseEvent, right: CaseEvent): boolean {
    const { identityLabels, identityNumbers } = this.#plan
    if (identityLabels.length === 0 && identityNumbers.length === 0) return true
    if (left.tuple === right.tuple && sameNumbers(left.numbers, right.numbers)) return true
    const table = this.#table
    if (!identityLabels.every(label => table.codeAt(left.tuple, label) === table.codeAt(right.tuple, label)))
      return false
    return identityNumbers.every(index => Object.is(left.numbers[index], right.numbers[index]))
  }

  #identityOf(kept: CaseEvent): string {
    if (kept.idBlock !== NO_ID && this.#store.events.hasIds) return `#${this.#store.idText(kept.idBlock)}`
    const labels = this.#plan.identityLabels.map(label => this.#table.valueAt(kept.tuple, label))
    const numbers = this.#plan.identityNumbers.map(index => String(kept.numbers[index]))
    return JSON.stringify([kept.activity, kept.at, labels, numbers])
  }

  #isNewerThanFolded(event: CaseEvent, horizon: number): boolean {
    if (this.#store.flags & FOLDED) return event.at > this.#store.foldedTo
    // Nothing is known to be folded: whatever was ever forgotten of the case is older than this.
    return event.at >= horizon - this.#plan.settleMs
  }

  /** Takes an expiry back: whatever comes next decides anew. */
  #reopen(): void {
    if ((this.#store.flags & EXPIRED) === 0) return
    const run = this.#runThrough()
    this.#live.expire(run, run.last + this.#plan.caseTimeoutMs, -1)
    this.#store.flag = this.#store.flags & ~EXPIRED
  }

  /** The present case's run after all kept events. */
  #runThrough(): Run {
    const run = this.#run
    if (this.#store.flags & TIP) {
      this.#store.readTip(run)
      return run
    }
    this.#store.readBase(run)
    this.#runKept(run, 0, this.#store.count, undefined)
    return run
  }

  #runKept(run: Run, from: number, to: number, listener: RunListener | undefined): void {
    const kept = this.#kept
    for (let index = from; index < to; index++) {
      this.#store.readEvent(index, kept)
      applyEvent(this.#plan, this.#table, run, kept, listener)
    }
  }

  /** The present case's visits, and the roles of its kept events in `#rolesNow` and, where asked for, in `roles`. */
  #collect(list: VisitList, roles: number[] | undefined): void {
    const run = this.#run
    this.#store.readBase(run)
    list.begin(run)
    const kept = this.#kept
    for (let index = 0; index < this.#store.count; index++) {
      this.#store.readEvent(index, kept)
      list.nextEvent()
      const role = applyEvent(this.#plan, this.#table, run, kept, list)
      this.#rolesNow[index] = role
      if (roles !== undefined) roles[index] = role
    }
    list.end(run, this.#store.flags & EXPIRED ? run.last + this.#plan.caseTimeoutMs : Number.NaN)
  }

  /**
   * Lets go of the kept events before the horizon: base moves past them. Where base is then of a run that has left
   * memory while a later run of the case is still here, it is forgotten: the kept events are of that later run.
   */
  #foldAway(handle: number, horizon: number): void {
    const store = this.#store
    const { count } = store
    if (count === 0) return
    const isFolding = store.instantOf(0) < horizon
    if (!isFolding && (store.flags & BASE) === 0) return
    const { draft } = store
    if (!isFolding) {
      store.readBase(draft.base)
      if (leavesMemoryAfter(this.#plan, draft.base) >= horizon + this.#plan.settleMs) return
    }
    this.#draftAsItIs()
    let first = 0
    while (first < count && store.instantOf(first) < horizon) first++
    if (first > 0) {
      this.#runKept(draft.base, 0, first, undefined)
      draft.first = first
      draft.flags |= FOLDED | BASE
      draft.foldedTo = store.instantOf(first - 1)
      if (this.#plan.hasWideRows) this.#markFolded(first)
      if (this.#copies.has(handle)) this.#forgetCopies(handle, first)
    }
    if (first < count && leavesMemoryAfter(this.#plan, draft.base) < horizon + this.#plan.settleMs) draft.flags &= ~BASE
    if (store.changes === 0) store.rewrite(handle)
    else {
      this.#changed.beforeFold()
      store.rewrite(handle)
      this.#changed.afterFold()
    }
  }

  #markFolded(first: number): void {
    for (let index = 0; index < first; index++) {
      this.#store.readEvent(index, this.#kept)
      this.#store.draft.foldedAt[this.#kept.activity] = this.#kept.at
    }
  }

  #forgetCopies(handle: number, first: number): void {
    for (let index = 0; index < first; index++) {
      this.#store.readEvent(index, this.#kept)
      this.#copies.take(handle, this.#identityOf(this.#kept))
    }
  }

  /** A draft that changes nothing. */
  #draftAsItIs(): void {
    const { draft } = this.#store
    draft.flags = this.#store.flags & ~TIP
    draft.foldedTo = this.#store.foldedTo
    for (let activity = 0; activity < draft.foldedAt.length; activity++)
      draft.foldedAt[activity] = this.#store.foldedAtOf(activity)
    this.#store.readBase(draft.base)
    draft.first = 0
    draft.without = -1
    draft.added = undefined
    draft.place = -1
  }

  /** Lets the case leave whose run ended first; false: no run has ended. */
  #cutOldest(): boolean {
    for (;;) {
      const handle = this.#ended.takeFirst(this.#endOf)
      if (handle < 0) return false
      if (this.#endOf(handle) === Infinity) continue
      this.#forget(handle)
      this.#settleCut++
      return true
    }
  }

  /** Forgets ends so old that their runs leave memory by themselves. */
  #pruneEnded(until: number): void {
    for (;;) {
      const handle = this.#ended.take(until, this.#endOf)
      if (handle < 0) return
      const end = this.#endOf(handle)
      if (end === Infinity) {
        if (this.#store.has(handle)) this.#store.flag = this.#store.flags & ~ENDED_ONCE
      } else if (end > until) this.#ended.add(end, handle)
    }
  }

  /** When the run of a case ended; `Infinity` where it has not, or the case has left. */
  readonly #endOf = (handle: number): number => {
    if (!this.#store.has(handle)) return Infinity
    this.#store.open(handle)
    const run = this.#runThrough()
    return run.phase === ENDED ? run.endedAt : Infinity
  }

  #forget(handle: number): void {
    if (this.#store.changes !== 0) this.#changed.beforeRemoval()
    this.#slots.forgetCase(handle)
    this.#copies.forget(handle)
    this.#store.remove(handle)
    if (handle === this.#handle) this.#handle = -1
  }

  /** Puts the present case, whose run has been gone through just now, into the queue. */
  #schedule(handle: number): void {
    if (this.#run.phase === ENDED && (this.#store.flags & ENDED_ONCE) === 0) {
      this.#store.flag = this.#store.flags | ENDED_ONCE
      this.#ended.add(this.#run.endedAt, handle)
    }
    const due = this.#due(this.#run)
    const bucket = this.#queue.bucketOf(due)
    const queued = this.#store.queuedIn(handle)
    if (queued !== NOT_QUEUED && bucket >= queued && !this.#queue.isNear(bucket)) return
    this.#store.setQueued(handle, bucket)
    this.#queue.add(due, handle)
  }

  /** When the present case has to be looked at again. */
  #due(run: Run): number {
    const leaves = leavesMemoryAfter(this.#plan, run) + 1
    const isExpired = (this.#store.flags & EXPIRED) !== 0
    const expires = isExpired ? Infinity : expiryOf(this.#plan, run)
    const { count } = this.#store
    // A run that has ended shrinks to its end as soon as its events are folded.
    const shrinks = run.phase === ENDED && count > 0 ? run.last + this.#plan.settleMs + 1 : Infinity
    return Math.min(leaves, expires, shrinks)
  }

  readonly #dueOf = (handle: number, bucket: number): number => {
    if (this.#store.queuedIn(handle) !== bucket) return Infinity
    this.#store.open(handle)
    const due = this.#due(this.#runThrough())
    this.#store.setQueued(handle, this.#queue.bucketOf(due))
    return due
  }
}

const hasId = (record: DecodedRecord, index: number): boolean =>
  (record.idTo[index] as number) > (record.idFrom[index] as number)

export type CaseBookState = {
  readonly store: CaseStoreState
  readonly roles: readonly RoleCounts[]
  readonly copies: KeptCopiesState
  readonly slots: VisitSlotsState
  readonly settleCut: number
}
