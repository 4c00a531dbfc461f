import type { AttributeTable } from '../event/attribute-table.ts'
import { AmountWords } from './amount-words.ts'
import { type CaseDraft, newDraft } from './case-draft.ts'
import { CaseHandles, type CaseHandlesState } from './case-handles.ts'
import { CaseIndex } from './case-index.ts'
import { CaseKey, keyWordsAt, textOfKey } from './case-key.ts'
import {
  BASE,
  CHANGES,
  COUNT_SHIFT,
  FLAG_BITS,
  FLAGS_AND_COUNT,
  FOLDED,
  KEY,
  MOST_WITHOUT_TIP,
  NO_INSTANT,
  NOT_QUEUED,
  QUEUED,
  readWhole,
  TIP,
  writeWhole,
} from './case-layout.ts'
import { Foresight } from './foresight.ts'
import { IdBlocks } from './id-blocks.ts'
import { type CaseEvent, EventLayout } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'
import type { Run } from './run.ts'
import { EMPTY_RUN, RunLayout } from './run-words.ts'
import { offsetOf, WordArena, type WordArenaState } from './word-arena.ts'

/**
 * The cases of a shard, in words.
 *
 * A case is known by a small number, its *handle*, for as long as it is here; its block moves as it grows. `open` makes
 * one case the present one, and the fields say where its parts lie until the next `open` or change.
 */
export class CaseStore {
  readonly #table: AttributeTable
  readonly events: EventLayout
  readonly runs: RunLayout
  readonly #wideWords: number
  readonly #arena = new WordArena()
  readonly ids = new IdBlocks(this.#arena)
  readonly #index = new CaseIndex()
  readonly foresight = new Foresight(this.#index, this.#arena)
  readonly #handles = new CaseHandles()
  /** The case that is being looked for. */
  readonly key = new CaseKey()
  /** The case that was found by `key`. */
  #found = -1
  readonly #ownKey = new CaseKey()
  readonly draft: CaseDraft
  readonly #release = (tuple: number): void => this.#table.release(tuple)
  #words = new Int32Array(256)

  /** The present case: its handle, where its words lie. */
  present = -1
  page: Int32Array = new Int32Array(0)
  #reference = 0
  flags = 0
  /** Kept events. */
  count = 0
  #at = 0
  #foldedAt = 0
  #baseAt = 0
  #tipAt = 0
  eventsAt = 0

  constructor(plan: ProcessPlan, table: AttributeTable, sources: number) {
    const { stageCount, activities, split } = plan
    this.#table = table
    this.events = new EventLayout(activities.length, sources, plan, new AmountWords(this.#arena))
    this.runs = new RunLayout(stageCount, split.carriedNumbers)
    this.#wideWords = plan.hasWideRows ? 2 * activities.length : 0
    this.draft = newDraft(plan)
  }

  get size(): number {
    return this.#index.size
  }

  get bytes(): number {
    return this.#arena.bytes
  }

  /** The handle of the case of `key`, which becomes the present one; -1: it is not here. */
  find(): number {
    this.#found = this.#index.find(this.key.hash, this)
    this.present = this.#found
    return this.#found
  }

  isWanted(_handle: number, reference: number): boolean {
    this.#openAt(reference, this.#arena.pageToWrite(reference))
    return this.key.equals(this.page, this.#at + KEY)
  }

  open(handle: number): void {
    this.present = handle
    const reference = this.#handles.referenceOf(handle)
    this.#openAt(reference, this.#arena.pageToWrite(reference))
  }

  /** As `open`, of a case that is only read: a snapshot may share its page. No case is the present one then. */
  look(handle: number): void {
    this.present = -1
    const reference = this.#handles.referenceOf(handle)
    this.#openAt(reference, this.#arena.pageOf(reference))
  }

  #openAt(reference: number, page: Int32Array): void {
    this.#reference = reference
    const at = offsetOf(reference)
    const word = page[at + FLAGS_AND_COUNT] as number
    const flags = word & FLAG_BITS
    this.page = page
    this.#at = at
    this.flags = flags
    this.count = word >>> COUNT_SHIFT
    let part = at + KEY + keyWordsAt(page, at + KEY)
    this.#foldedAt = part
    if (flags & FOLDED) part += 2 + this.#wideWords
    this.#baseAt = part
    if (flags & BASE) part += this.runs.wordsAt(page, part)
    this.#tipAt = part
    if (flags & TIP) part += this.runs.mostWords
    this.eventsAt = part
  }

  /** Makes a case of `key` without events, the present one. */
  create(): number {
    const { key } = this
    // Room for two events: the first is hardly ever the last.
    const reference = this.#arena.allocate(KEY + key.count + 2 * this.events.words)
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    page[at + FLAGS_AND_COUNT] = 0
    page[at + CHANGES] = 0
    page[at + QUEUED] = NOT_QUEUED
    key.copyTo(page, at + KEY)
    const handle = this.#handles.add(reference)
    this.#index.add(key.hash, handle, reference)
    this.#found = handle
    this.present = handle
    this.#openAt(reference, page)
    return handle
  }

  /** Lets go of the present case. */
  remove(handle: number): void {
    this.#freeBlocks(this.count, -1)
    this.#forEachTuple(this.#release)
    // Not by `key`: that one may still be looked for.
    this.#ownKey.load(this.page, this.#at + KEY)
    this.#index.remove(this.#ownKey.hash, handle)
    this.#arena.free(this.#reference)
    this.#handles.remove(handle)
    this.present = -1
    if (handle === this.#found) this.#found = -1
  }

  get text(): string {
    return textOfKey(this.page, this.#at + KEY)
  }

  get foldedTo(): number {
    return this.flags & FOLDED ? readWhole(this.page, this.#foldedAt) : -Infinity
  }

  /** `at` of the newest folded event of an activity. */
  foldedAtOf(activity: number): number {
    if ((this.flags & FOLDED) === 0 || this.#wideWords === 0) return NO_INSTANT
    return readWhole(this.page, this.#foldedAt + 2 + 2 * activity)
  }

  get changes(): number {
    return this.page[this.#at + CHANGES] as number
  }

  set changes(entry: number) {
    this.page[this.#at + CHANGES] = entry
  }

  /** The tick of the timer that is set for the case (`TimerQueue`); `NOT_QUEUED`: none is. */
  get queued(): number {
    return this.page[this.#at + QUEUED] as number
  }

  set queued(tick: number) {
    this.page[this.#at + QUEUED] = tick
  }

  set flag(flags: number) {
    this.flags = flags
    this.page[this.#at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | flags
  }

  /** Whether one more event finds room as things are. */
  get hasRoom(): boolean {
    if ((this.flags & TIP) !== 0 || this.count >= MOST_WITHOUT_TIP) return false
    return this.eventAt(this.count + 1) - this.#at <= (this.page[this.#at] as number)
  }

  readBase(into: Run): void {
    if (this.flags & BASE) this.runs.read(this.page, this.#baseAt, into)
    else into.reset()
  }

  /** Only with TIP. */
  readTip(into: Run): void {
    this.runs.read(this.page, this.#tipAt, into)
  }

  eventAt(index: number): number {
    return this.eventsAt + index * this.events.words
  }

  readEvent(index: number, into: CaseEvent): void {
    this.events.read(this.page, this.eventAt(index), into)
  }

  /** The `at` of a kept event. */
  instantOf(index: number): number {
    return this.events.at(this.page, this.eventAt(index))
  }

  /** Keeps one more event, the last in order, after which the run is `tip`. */
  append(handle: number, event: CaseEvent, tip: Run): void {
    if (this.count >= MOST_WITHOUT_TIP && (this.flags & TIP) === 0) this.#makeRoomForTip(handle)
    const { words } = this.events
    const used = this.eventsAt + this.count * words - this.#at
    // Room for one more: half of the events then find it.
    if (used + words > (this.page[this.#at] as number)) this.#move(handle, used, used + 2 * words)
    if (this.flags & TIP) this.#writeTip(tip)
    this.events.write(this.page, this.eventAt(this.count), event)
    this.#table.retain(event.tuple)
    this.count++
    this.page[this.#at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | this.flags
  }

  /** Makes the draft one that changes nothing. */
  draftAsItIs(): void {
    const { draft } = this
    draft.flags = this.flags & ~TIP
    draft.foldedTo = this.foldedTo
    for (let activity = 0; activity < draft.foldedAt.length; activity++)
      draft.foldedAt[activity] = this.foldedAtOf(activity)
    this.readBase(draft.base)
    draft.first = 0
    draft.without = -1
    draft.added = undefined
    draft.place = -1
    draft.spare = 0
  }

  /** Turns the case into what the draft says. The tip is left out: whoever needs it runs the events once more. */
  rewrite(handle: number): void {
    const { draft } = this
    const { flags, base, added } = draft
    const before = this.page
    const at = this.#at
    const keyEnd = KEY + keyWordsAt(before, at + KEY)
    const { words } = this.events
    const most = keyEnd + 2 + this.#wideWords + this.runs.mostWords + (this.count + 1) * words
    if (this.#words.length < most) this.#words = new Int32Array(most * 2)
    const to = this.#words
    for (let index = 1; index < keyEnd; index++) to[index] = before[at + index] as number
    let end = keyEnd
    if (flags & FOLDED) {
      writeWhole(to, end, draft.foldedTo)
      end += 2
      for (let activity = 0; activity < this.#wideWords / 2; activity++, end += 2)
        writeWhole(to, end, draft.foldedAt[activity] as number)
    }
    if (flags & BASE) {
      this.runs.write(to, end, base)
      this.#table.retain(this.runs.tupleAt(to, end))
      end += this.runs.wordsAt(to, end)
    }
    let count = 0
    for (let index = draft.first; index <= this.count; index++) {
      if (index === draft.place && added !== undefined) {
        this.events.write(to, end, added)
        this.#table.retain(added.tuple)
        end += words
        count++
      }
      if (index === this.count || index === draft.without) continue
      const from = this.eventAt(index)
      this.#table.retain(this.events.tuple(before, from))
      for (let word = 0; word < words; word++) to[end + word] = before[from + word] as number
      end += words
      count++
    }
    this.#freeBlocks(draft.first, draft.without)
    this.#forEachTuple(this.#release)
    to[FLAGS_AND_COUNT] = (count << COUNT_SHIFT) | (flags & ~TIP)
    this.#replace(handle, to, end)
  }

  has(handle: number): boolean {
    return this.#handles.has(handle)
  }

  /** The handles of all cases. */
  handles(): Iterable<number> {
    return this.#handles.all()
  }

  snapshot(): CaseStoreState {
    return { arena: this.#arena.snapshot(), handles: this.#handles.snapshot() }
  }

  /** Takes over a snapshot, its words included; no case stands in a queue yet. The store must be new. */
  restore(state: CaseStoreState): void {
    this.#arena.restore(state.arena)
    this.#handles.restore(state.handles)
    for (const handle of this.#handles.all()) {
      this.open(handle)
      this.changes = 0
      this.queued = NOT_QUEUED
      this.#ownKey.load(this.page, this.#at + KEY)
      this.#index.add(this.#ownKey.hash, handle, this.#handles.referenceOf(handle))
      this.#forEachTuple(tuple => this.#table.retain(tuple))
    }
  }

  #writeTip(tip: Run): void {
    const { runs, page } = this
    const former = runs.tupleAt(page, this.#tipAt)
    runs.write(page, this.#tipAt, tip)
    this.#table.retain(runs.tupleAt(page, this.#tipAt))
    this.#table.release(former)
  }

  /** The next events of a long case start from its tip. */
  #makeRoomForTip(handle: number): void {
    const { mostWords } = this.runs
    const used = this.eventsAt + this.count * this.events.words - this.#at
    this.#move(handle, used, used + mostWords + this.events.words)
    const { page, eventsAt: from } = this
    page.copyWithin(from + mostWords, from, this.#at + used)
    page[from] = EMPTY_RUN
    page[this.#at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | this.flags | TIP
    this.open(handle)
  }

  /** Moves the block into one with room for `words`, some more where it is long already. */
  #move(handle: number, used: number, words: number): void {
    const from = this.page
    const at = this.#at
    const reference = this.#arena.allocate(words > 128 ? words + (words >> 2) : words)
    const to = this.#arena.pageOf(reference)
    const offset = offsetOf(reference)
    for (let index = 1; index < used; index++) to[offset + index] = from[at + index] as number
    this.#setBlock(handle, reference)
  }

  #replace(handle: number, words: Int32Array, end: number): void {
    const capacity = this.page[this.#at] as number
    if (end + this.draft.spare <= capacity && (end + this.draft.spare) * 2 >= capacity) {
      for (let index = 1; index < end; index++) this.page[this.#at + index] = words[index] as number
      this.open(handle)
      return
    }
    const reference = this.#arena.allocate(end + this.draft.spare)
    const to = this.#arena.pageOf(reference)
    const offset = offsetOf(reference)
    for (let index = 1; index < end; index++) to[offset + index] = words[index] as number
    this.#setBlock(handle, reference)
  }

  #setBlock(handle: number, reference: number): void {
    const former = this.#reference
    if (handle !== this.#found) this.#ownKey.load(this.page, this.#at + KEY)
    this.#index.move(handle === this.#found ? this.key.hash : this.#ownKey.hash, handle, reference)
    this.#arena.free(former)
    this.#handles.setReference(handle, reference)
    this.#openAt(reference, this.#arena.pageToWrite(reference))
  }

  /** Tells of all tuples that the present case keeps. */
  #forEachTuple(tell: (tuple: number) => void): void {
    const { page } = this
    if (this.flags & BASE) tell(this.runs.tupleAt(page, this.#baseAt))
    if (this.flags & TIP) tell(this.runs.tupleAt(page, this.#tipAt))
    for (let index = 0; index < this.count; index++) tell(this.events.tuple(page, this.eventAt(index)))
  }

  /** Frees the blocks of the kept events that do not stay: those before `first`, and `without`. */
  #freeBlocks(first: number, without: number): void {
    if (!this.events.ownsBlocks) return
    for (let index = 0; index < this.count; index++) {
      if (index < first || index === without) this.events.freeBlocks(this.page, this.eventAt(index), this.ids)
    }
  }
}

export type CaseStoreState = { readonly arena: WordArenaState; readonly handles: CaseHandlesState }
