import type { DecodedRecord } from '../decode/decoded-record.ts'
import type { AttributeTable } from '../event/attribute-table.ts'
import { type Acceptance, COUNTED, DUPLICATE, LATE, LATE_APPLIED } from './acceptance.ts'
import type { CaseBookOptions, CaseLimits } from './case-book-options.ts'
import { CaseKey } from './case-key.ts'
import { ENDED_ONCE, EXPIRED, FOLDED } from './case-layout.ts'
import { CaseLooks } from './case-looks.ts'
import { CaseRunner } from './case-runner.ts'
import { CaseStore, type CaseStoreState } from './case-store.ts'
import { CaseTimers } from './case-timers.ts'
import { ChangedVisits } from './changed-visits.ts'
import { DuePositions } from './due-positions.ts'
import { EventOrder } from './event-order.ts'
import type { FoldTime } from './fold-time.ts'
import { Folding } from './folding.ts'
import { Identities } from './identities.ts'
import { KeptCopies, type KeptCopiesState } from './kept-copies.ts'
import { CaseEvent, type EventSink, NO_ID } from './kept-event.ts'
import { LiveEffects } from './live-effects.ts'
import type { ProcessPlan } from './process-plan.ts'
import { type RoleCounts, Roles } from './roles.ts'
import { applyEvent, expiryOf, leavesMemoryAfter, ROLE, type Role } from './run.ts'
import type { ChangedVisit } from './visit.ts'
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

export class CaseBook {
  readonly #plan: ProcessPlan
  readonly #table: AttributeTable
  readonly #store: CaseStore
  readonly #runner: CaseRunner
  readonly #time: FoldTime
  readonly #timers: CaseTimers
  readonly #identities: Identities
  readonly #folding: Folding
  readonly #order: EventOrder
  readonly #roles: Roles
  readonly #copies = new KeptCopies()
  readonly #slots: VisitSlots
  readonly #live: LiveEffects
  readonly #difference: VisitDifference
  readonly #changed: ChangedVisits
  readonly #counted: EventSink | undefined
  readonly #due: DuePositions
  readonly looks: CaseLooks
  readonly #limits: CaseLimits
  /** The event in hand, and its id where it has one. */
  readonly #event: CaseEvent
  readonly #id = new CaseKey()
  readonly #kept: CaseEvent
  readonly #before: VisitList
  readonly #after: VisitList
  readonly #rolesBefore: Role[] = []
  readonly #rolesAfter: Role[] = []
  #settleCut = 0
  /** The case of the record that was begun; -1: it is not here. */
  #handle = -1

  constructor(options: CaseBookOptions) {
    const { plan, table, segments, sinks, openCases, due, time, counted, sources, limits } = options
    const numbers = plan.split.numbers.length
    const store = new CaseStore(plan, table, sources)
    const runner = new CaseRunner(store, plan, table, time)
    this.#plan = plan
    this.#table = table
    this.#store = store
    this.#runner = runner
    this.#time = time
    this.#counted = counted
    this.#limits = limits
    this.#timers = new CaseTimers(store, plan, runner, time)
    this.#identities = new Identities(store, plan, table, time)
    this.#order = new EventOrder(plan.split, table, block => store.ids.textOf(block))
    this.#roles = new Roles(sources)
    this.#slots = new VisitSlots(segments)
    this.#event = new CaseEvent(numbers)
    this.#kept = new CaseEvent(numbers)
    this.#before = new VisitList(plan.stageCount, plan.split.carriedNumbers)
    this.#after = new VisitList(plan.stageCount, plan.split.carriedNumbers)
    this.#changed = new ChangedVisits(store, plan, table, list => runner.collectAll(list), options)
    const effects = { sinks, openCases, slots: this.#slots, log: this.#changed, plan }
    this.#live = new LiveEffects(effects)
    this.#difference = new VisitDifference(effects)
    this.#due = new DuePositions(plan, this.#slots, due)
    this.looks = new CaseLooks(store, plan, runner, this.#due)
    this.#folding = new Folding(store, plan, time, {
      runner,
      identities: this.#identities,
      copies: this.#copies,
      changed: this.#changed,
    })
  }

  /** Cases in memory, ended ones that may still be corrected included. */
  get size(): number {
    return this.#store.size
  }

  /** Bytes of the cases' words. */
  get bytes(): number {
    return this.#store.bytes
  }

  /** Runs that had to leave memory sooner than their events can be corrected, since the book was made. */
  get settleCut(): number {
    return this.#settleCut
  }

  roles(source: number): Readonly<RoleCounts> {
    return this.#roles.of(source)
  }

  /** Fetches what the first `count` of these records will need. */
  foresee(records: readonly DecodedRecord[], count: number): void {
    this.#store.foresight.foresee(records, count)
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
  hasRoomFor(record: DecodedRecord): boolean {
    const handle = this.#handle
    if (handle >= 0) {
      if (this.#store.count + record.count <= this.#limits.eventsPerCase) return true
      this.#folding.foldAway(handle)
      return this.#store.count + record.count <= this.#limits.eventsPerCase
    }
    if (record.count > this.#limits.eventsPerCase) return false
    return this.#store.size < this.#limits.cases || this.#cutOldest()
  }

  /** Takes one event of the record that was begun. */
  accept(record: DecodedRecord, index: number, source: number): Acceptance {
    const event = this.#event
    const { horizon } = this.#time
    const id = this.#read(record, index, source)
    const isLate = event.at < this.#time.lateBefore
    let handle = this.#handle
    if (handle < 0) {
      if (isLate && event.at < horizon - this.#plan.settleMs) return LATE
      handle = this.#store.create()
      this.#handle = handle
    } else {
      if (this.#store.present !== handle) this.#store.open(handle)
      // What may be folded away stays until its place is needed, or the event itself lies so far back.
      if (event.at < horizon || !this.#store.hasRoom) this.#folding.foldAway(handle)
      const twin = this.#identities.twinOf(event, id)
      if (twin >= 0) {
        this.#acceptDuplicate(handle, twin, isLate, id)
        return DUPLICATE
      }
      if (id === undefined && this.#plan.hasWideRows && this.#store.foldedAtOf(event.activity) === event.at)
        return DUPLICATE
      if (isLate && !this.#isNewerThanFolded()) return LATE
    }
    if (id !== undefined) event.idBlock = this.#store.ids.keep(id)
    this.#counted?.add(event)
    this.#insert(handle)
    if (event.at < horizon) this.#folding.foldAway(handle)
    this.#timers.schedule(handle, this.#runner.run)
    return isLate ? LATE_APPLIED : COUNTED
  }

  /** Lets the shard's watermark pass: expires open visits, frees what can no longer matter. */
  advance(): void {
    if (!this.#timers.mayBeDue()) return
    const { watermark } = this.#time
    for (;;) {
      const handle = this.#timers.take()
      if (handle < 0) return
      this.#folding.foldAway(handle)
      const run = this.#runner.through()
      if ((this.#store.flags & EXPIRED) === 0 && expiryOf(this.#plan, run) <= watermark) {
        this.#beginChanges(handle)
        this.#due.before(handle, run)
        this.#live.expire(run, run.last + this.#plan.caseTimeoutMs, 1)
        this.#due.afterExpiry()
        this.#store.flag = this.#store.flags | EXPIRED
      }
      if (leavesMemoryAfter(this.#plan, run) < watermark) this.#forget(handle)
      else this.#timers.schedule(handle, run)
    }
  }

  /** Visits that changed since the last time, as they are now. */
  takeChanged(): ChangedVisit[] {
    return this.#changed.take()
  }

  /** To be taken when no changed visits wait to be taken. Nobody writes to it any more. */
  snapshot(): CaseBookState {
    return {
      store: this.#store.snapshot(),
      roles: this.#roles.snapshot(),
      copies: this.#copies.snapshot(),
      slots: this.#slots.snapshot(),
    }
  }

  /** Takes over a snapshot, its words included; the book must be new. */
  restore(state: CaseBookState): void {
    this.#store.restore(state.store)
    this.#roles.restore(state.roles)
    this.#copies.restore(state.copies)
    this.#slots.restore(state.slots)
    for (const handle of this.#store.handles()) {
      this.#store.open(handle)
      this.#store.flag = this.#store.flags & ~ENDED_ONCE
      const run = this.#runner.through()
      this.#timers.schedule(handle, run)
      if ((this.#store.flags & EXPIRED) !== 0) continue
      this.#due.afterReopening(handle, run)
      this.#live.restored(handle, run)
    }
  }

  /** Takes an event of the record in hand. @returns its id. */
  #read(record: DecodedRecord, index: number, source: number): CaseKey | undefined {
    const event = this.#event
    event.at = record.at[index] as number
    event.activity = record.activities[index] as number
    event.source = source
    event.tuple = record.tuples[index] as number
    const width = event.numbers.length
    for (let number = 0; number < width; number++)
      event.numbers[number] = record.numbers[index * width + number] as number
    event.idBlock = NO_ID
    const from = record.idFrom[index] as number
    const to = record.idTo[index] as number
    if (to === from) return undefined
    this.#id.set(record.idBytes, from, to)
    event.idHash = this.#id.hash
    return this.#id
  }

  /** Puts the event in hand in its place among the kept ones of the present case. */
  #insert(handle: number): void {
    const event = this.#event
    const { count } = this.#store
    const isLast = count === 0 || this.#store.instantOf(count - 1) < event.at
    const place = isLast ? count : this.#placeOf(event)
    this.#beginChanges(handle)
    this.#reopen(handle)
    if (place === count) this.#append(handle)
    else this.#change(handle, -1, place)
  }

  /** The common way: the event is the newest of its case. */
  #append(handle: number): void {
    const event = this.#event
    const run = this.#runner.through()
    this.#live.begin(handle)
    this.#due.before(handle, run)
    const role = applyEvent(this.#plan, this.#table, run, event, this.#live)
    this.#live.finish(run)
    this.#due.after(handle, run)
    this.#store.append(handle, event, run)
    if (role !== ROLE.none) this.#roles.move(event.source, ROLE.none, role)
  }

  /** Takes out a kept event (-1: none), puts the event in hand in, and reports what comes out differently. */
  #change(handle: number, without: number, place: number): void {
    const { draft } = this.#store
    this.#runner.collect(this.#before, this.#rolesBefore, this.#event)
    this.#due.before(handle, this.#runner.run)
    if (without >= 0) this.#rolesBefore.splice(without, 1)
    const placeAfter = without >= 0 && without < place ? place - 1 : place
    this.#rolesBefore.splice(placeAfter, 0, ROLE.none)
    this.#store.draftAsItIs()
    draft.without = without
    draft.added = this.#event
    draft.place = place
    this.#store.rewrite(handle)
    this.#runner.collect(this.#after, this.#rolesAfter, this.#event)
    for (let index = 0; index < this.#store.count; index++) {
      this.#store.readEvent(index, this.#kept)
      this.#roles.move(this.#kept.source, this.#rolesBefore[index] as Role, this.#rolesAfter[index] as Role)
    }
    this.#difference.report(handle, this.#before, this.#after)
    this.#due.after(handle, this.#runner.run)
  }

  #acceptDuplicate(handle: number, twin: number, isLate: boolean, id: CaseKey | undefined): void {
    const event = this.#event
    const kept = this.#kept
    this.#store.readEvent(twin, kept)
    const precedence = this.#order.comparePrecedence(event, kept)
    if (precedence === 0) this.#copies.add(handle, this.#identities.textOf(kept), event.source)
    else if (precedence > 0 || isLate || event.at <= this.#store.foldedTo) this.#roles.conflict(event.source)
    else {
      for (const copy of this.#copies.take(handle, this.#identities.textOf(kept))) this.#roles.conflict(copy)
      // The displaced event stands in for this arrival: one of the two is the duplicate, and it differs.
      this.#roles.conflict(event.source)
      this.#counted?.withdraw(kept)
      this.#counted?.add(event)
      this.#displace(handle, twin, kept.source, id)
    }
  }

  #displace(handle: number, twin: number, source: number, id: CaseKey | undefined): void {
    this.#beginChanges(handle)
    this.#reopen(handle)
    this.#runner.collect(this.#before, this.#rolesBefore, this.#event)
    this.#roles.move(source, this.#rolesBefore[twin] as Role, ROLE.none)
    this.#event.source = source
    if (id !== undefined) this.#event.idBlock = this.#store.ids.keep(id)
    this.#change(handle, twin, this.#placeOf(this.#event))
    this.#timers.schedule(handle, this.#runner.run)
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

  #isNewerThanFolded(): boolean {
    if (this.#store.flags & FOLDED) return this.#event.at > this.#store.foldedTo
    // Nothing is known to be folded: whatever was ever forgotten of the case is older than this.
    return this.#event.at >= this.#time.horizon - this.#plan.settleMs
  }

  #beginChanges(handle: number): void {
    this.#changed.begin(handle)
    this.#live.begin(handle)
  }

  /** Takes an expiry back: whatever comes next decides anew. */
  #reopen(handle: number): void {
    if ((this.#store.flags & EXPIRED) === 0) return
    const run = this.#runner.through()
    this.#live.expire(run, run.last + this.#plan.caseTimeoutMs, -1)
    this.#due.afterReopening(handle, run)
    this.#store.flag = this.#store.flags & ~EXPIRED
  }

  /** Lets the case leave whose run ended first; false: no run has ended. */
  #cutOldest(): boolean {
    const handle = this.#timers.takeOldestEnd()
    if (handle < 0) return false
    this.#forget(handle)
    this.#settleCut++
    return true
  }

  #forget(handle: number): void {
    if (this.#store.changes !== 0) this.#changed.beforeRemoval()
    this.#slots.forgetCase(handle)
    this.#copies.forget(handle)
    this.#store.remove(handle)
    if (handle === this.#handle) this.#handle = -1
  }
}

export type CaseBookState = {
  readonly store: CaseStoreState
  readonly roles: readonly RoleCounts[]
  readonly copies: KeptCopiesState
  readonly slots: VisitSlotsState
}
