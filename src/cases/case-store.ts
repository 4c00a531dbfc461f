import type { AttributeTable } from '../event/attribute-table.ts'
import { CaseIndex } from './case-index.ts'
import { CaseKey, textOfWords } from './case-key.ts'
import {
  BASE,
  CHANGES,
  COUNT_SHIFT,
  FLAG_BITS,
  FLAGS_AND_COUNT,
  FOLDED,
  KEY,
  KEY_BYTES,
  MOST_WITHOUT_TIP,
  NO_INSTANT,
  readWhole,
  TIP,
  writeWhole,
} from './case-layout.ts'
import { type CaseEvent, EventLayout, NO_ID } from './kept-event.ts'
import type { ProcessPlan } from './process-plan.ts'
import { Run } from './run.ts'
import { RunLayout } from './run-words.ts'
import { offsetOf, WordArena, type WordArenaState } from './word-arena.ts'

/** What a case is to become: all of it but its key. */
export type CaseDraft = {
  flags: number
  /** With FOLDED. */
  foldedTo: number
  /** By activity, with FOLDED, where sources have wide rows; `NO_INSTANT` where none. */
  readonly foldedAt: Float64Array
  /** With BASE. */
  readonly base: Run
  /** Kept events, from the block as it is: those from `first` on, without `without`, with `added` before the one at `place`. */
  first: number
  without: number
  added: CaseEvent | undefined
  place: number
}

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
  #arena = new WordArena()
  readonly #index = new CaseIndex()
  /** By handle: reference of the block, and the bucket of deadlines that the case stands in. */
  readonly #headers: Int32Array[] = []
  readonly #freeHandles: number[] = []
  #handles = 0
  /** The case that is being looked for. */
  readonly key = new CaseKey()
  readonly #ownKey = new CaseKey()
  readonly draft: CaseDraft
  #words = new Int32Array(256)

  /** The present case. */
  page: Int32Array = new Int32Array(0)
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
    const numbers = split.numbers.length
    this.#table = table
    this.events = new EventLayout(activities.length, sources, numbers, plan.hasIds)
    this.runs = new RunLayout(stageCount, numbers)
    this.#wideWords = plan.hasWideRows ? 2 * activities.length : 0
    this.draft = {
      flags: 0,
      foldedTo: 0,
      foldedAt: new Float64Array(plan.hasWideRows ? activities.length : 0),
      base: new Run(stageCount, numbers),
      first: 0,
      without: -1,
      added: undefined,
      place: -1,
    }
  }

  get size(): number {
    return this.#index.size
  }

  get bytes(): number {
    return this.#arena.bytes
  }

  /** The handle of the case of `key`, which becomes the present one; -1: it is not here. */
  find(): number {
    return this.#index.find(this.key.hash, this)
  }

  isWanted(handle: number): boolean {
    this.open(handle)
    const at = this.#at
    return this.page[at + KEY_BYTES] === this.key.bytes && this.key.equals(this.page, at + KEY)
  }

  open(handle: number): void {
    const reference = (this.#header(handle)[(handle & HEADER_MASK) << 1] as number) >>> 0
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    const word = page[at + FLAGS_AND_COUNT] as number
    const flags = word & FLAG_BITS
    this.page = page
    this.#at = at
    this.flags = flags
    this.count = word >>> COUNT_SHIFT
    let part = at + KEY + (((page[at + KEY_BYTES] as number) + 3) >> 2)
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
    const handle = this.#freeHandles.pop() ?? this.#handles++
    if (handle >> HEADER_BITS >= this.#headers.length) this.#headers.push(new Int32Array(2 << HEADER_BITS))
    const { key } = this
    const keyWords = (key.bytes + 3) >> 2
    const reference = this.#arena.allocate(KEY + keyWords + this.events.words)
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    page[at + FLAGS_AND_COUNT] = 0
    page[at + KEY_BYTES] = key.bytes
    page[at + CHANGES] = 0
    key.copyTo(page, at + KEY)
    const header = this.#header(handle)
    header[(handle & HEADER_MASK) << 1] = reference
    header[((handle & HEADER_MASK) << 1) + 1] = NOT_QUEUED
    this.#index.add(key.hash, handle)
    this.open(handle)
    return handle
  }

  /** Lets go of the present case. */
  remove(handle: number): void {
    this.#releaseAll()
    // Not by `key`: that one may still be looked for.
    this.#ownKey.load(this.page, this.#at + KEY, this.page[this.#at + KEY_BYTES] as number)
    this.#index.remove(this.#ownKey.hash, handle)
    const header = this.#header(handle)
    this.#arena.free((header[(handle & HEADER_MASK) << 1] as number) >>> 0)
    header[(handle & HEADER_MASK) << 1] = FREE_HANDLE
    header[((handle & HEADER_MASK) << 1) + 1] = NOT_QUEUED
    this.#freeHandles.push(handle)
  }

  /** The bucket of deadlines that a case stands in; `NOT_QUEUED`: in none. */
  queuedIn(handle: number): number {
    return this.#header(handle)[((handle & HEADER_MASK) << 1) + 1] as number
  }

  setQueued(handle: number, bucket: number): void {
    this.#header(handle)[((handle & HEADER_MASK) << 1) + 1] = bucket
  }

  /* Parts of the present case. */

  get text(): string {
    return textOfWords(this.page, this.#at + KEY, this.page[this.#at + KEY_BYTES] as number)
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

  set flag(flags: number) {
    this.flags = flags
    this.page[this.#at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | flags
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

  /* Changes of the present case. */

  /** Keeps one more event, the last in order, after which the run is `tip`. */
  append(handle: number, event: CaseEvent, tip: Run): void {
    if (this.count >= MOST_WITHOUT_TIP && (this.flags & TIP) === 0) this.#makeRoomForTip(handle)
    const { words } = this.events
    const used = this.eventsAt + this.count * words - this.#at
    if (used + words > (this.page[this.#at] as number)) this.#move(handle, used, used + words)
    if (this.flags & TIP) this.#writeTip(tip)
    this.events.write(this.page, this.eventAt(this.count), event)
    this.#table.retain(event.tuple)
    this.count++
    this.page[this.#at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | this.flags
  }

  /** Turns the case into what the draft says. The tip is left out: whoever needs it runs the events once more. */
  rewrite(handle: number): void {
    const { draft } = this
    const { flags, base, added } = draft
    const before = this.page
    const at = this.#at
    const keyEnd = KEY + (((before[at + KEY_BYTES] as number) + 3) >> 2)
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
    this.#freeIds(draft.first, draft.without)
    this.#releaseTuples()
    to[FLAGS_AND_COUNT] = (count << COUNT_SHIFT) | (flags & ~TIP)
    this.#replace(handle, to, end)
  }

  /** A block for the bytes of an id; its reference. */
  keepId(bytes: Uint8Array, from: number, to: number): number {
    const reference = this.#arena.allocate(2 + ((to - from + 3) >> 2))
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    page[at + 1] = to - from
    this.#ownKey.set(bytes, from, to)
    this.#ownKey.copyTo(page, at + 2)
    return reference
  }

  freeId(block: number): void {
    if (block !== NO_ID) this.#arena.free(block)
  }

  idEquals(block: number, id: CaseKey): boolean {
    const page = this.#arena.pageOf(block)
    const at = offsetOf(block)
    return page[at + 1] === id.bytes && id.equals(page, at + 2)
  }

  idText(block: number): string {
    const at = offsetOf(block)
    const page = this.#arena.pageOf(block)
    return textOfWords(page, at + 2, page[at + 1] as number)
  }

  /** The handles of all cases. */
  *handles(): Generator<number> {
    for (let handle = 0; handle < this.#handles; handle++) if (this.has(handle)) yield handle
  }

  snapshot(): CaseStoreState {
    return { arena: this.#arena.snapshot(), headers: this.#headers.slice(), handles: this.#handles }
  }

  /** Takes over a snapshot; no case stands in a queue yet. */
  restore(state: CaseStoreState): void {
    this.#arena = new WordArena()
    this.#arena.restore(state.arena)
    this.#headers.push(...state.headers)
    this.#handles = state.handles
    for (let handle = 0; handle < this.#handles; handle++) {
      if (!this.has(handle)) {
        this.#freeHandles.push(handle)
        continue
      }
      this.open(handle)
      this.setQueued(handle, NOT_QUEUED)
      this.page[this.#at + CHANGES] = 0
      this.key.load(this.page, this.#at + KEY, this.page[this.#at + KEY_BYTES] as number)
      this.#index.add(this.key.hash, handle)
    }
  }

  has(handle: number): boolean {
    return this.#header(handle)[(handle & HEADER_MASK) << 1] !== FREE_HANDLE
  }

  #header(handle: number): Int32Array {
    return this.#headers[handle >> HEADER_BITS] as Int32Array
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
    const head = this.eventsAt - this.#at
    this.#move(handle, used, used + mostWords + this.events.words)
    const { page } = this
    const at = this.#at
    page.copyWithin(at + head + mostWords, at + head, at + used)
    page[at + head] = EMPTY_RUN
    page[at + FLAGS_AND_COUNT] = (this.count << COUNT_SHIFT) | this.flags | TIP
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
    if (end <= capacity && end * 2 >= capacity) {
      for (let index = 1; index < end; index++) this.page[this.#at + index] = words[index] as number
      this.open(handle)
      return
    }
    const reference = this.#arena.allocate(end)
    const to = this.#arena.pageOf(reference)
    const offset = offsetOf(reference)
    for (let index = 1; index < end; index++) to[offset + index] = words[index] as number
    this.#setBlock(handle, reference)
  }

  #setBlock(handle: number, reference: number): void {
    const header = this.#header(handle)
    const slot = (handle & HEADER_MASK) << 1
    this.#arena.free((header[slot] as number) >>> 0)
    header[slot] = reference
    this.open(handle)
  }

  #releaseTuples(): void {
    const { page } = this
    if (this.flags & BASE) this.#table.release(this.runs.tupleAt(page, this.#baseAt))
    if (this.flags & TIP) this.#table.release(this.runs.tupleAt(page, this.#tipAt))
    for (let index = 0; index < this.count; index++) this.#table.release(this.events.tuple(page, this.eventAt(index)))
  }

  /** Frees the ids of the kept events that do not stay: those before `first`, and `without`. */
  #freeIds(first: number, without: number): void {
    if (!this.events.hasIds) return
    for (let index = 0; index < this.count; index++) {
      if (index < first || index === without) this.freeId(this.events.idBlock(this.page, this.eventAt(index)))
    }
  }

  #releaseAll(): void {
    this.#freeIds(this.count, -1)
    this.#releaseTuples()
  }
}

export type CaseStoreState = {
  readonly arena: WordArenaState
  readonly headers: readonly Int32Array[]
  readonly handles: number
}

/** Of a case that waits for nothing. */
export const NOT_QUEUED = -(2 ** 31)

const HEADER_BITS = 15
const HEADER_MASK = (1 << HEADER_BITS) - 1
/** No block begins at the last word of the last page. */
const FREE_HANDLE = -1
/** The first word of a run that keeps nothing: waiting, 3 words. */
const EMPTY_RUN = 3 << 4
