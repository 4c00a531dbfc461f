import { BucketCounts } from './bucket-counts.ts'
import { ChangedRecords, NOT_WATCHED } from './changed-records.ts'
import { clearExtremes, narrowExtremes, widenExtremes } from './duration-extremes.ts'
import type { DurationLog } from './duration-log.ts'
import type { Pane } from './pane.ts'
import type { ValueRange } from './settled-panes.ts'
import { WallRecords, type WallRecordsState } from './wall-records.ts'
import { WordArena, type WordArenaState } from './word-arena.ts'

/** The total's place among the slots of segments. */
export const TOTAL_SLOT = -1

/*
 * Panes that may still change, as records: a record is a number, under which the counts of one pane of one series stand
 * in columns of 16 whole numbers (one line of the processor's cache) and 4 others. Nothing is allocated for a change;
 * the columns double when they are full. Of a stage with a calendar the durations are business time, and those of the
 * wall clock stand aside (`wall-records.ts`).
 */
export class PaneRecords {
  #words = new Int32Array(16 * WORDS)
  #numbers = new Float64Array(16 * NUMBERS)
  #size = 0
  /** The free record given back last, whose NEXT tells the one before; −1: none. */
  #free = -1
  readonly #arena = new WordArena()
  readonly #histograms = new BucketCounts(this.#arena)
  /** Records that changed since they were taken for rows, and since they were published. */
  readonly #changed = new ChangedRecords(WORDS, CHANGED)
  readonly #unpublished = new ChangedRecords(WORDS, UNPUBLISHED)
  readonly #isPublished: boolean
  readonly #wall: WallRecords | undefined

  /**
   * @param hasCalendar whether the stage has one.
   * @param isPublished whether somebody takes what is unpublished.
   */
  constructor(hasCalendar: boolean, isPublished = false) {
    this.#isPublished = isPublished
    this.#wall = hasCalendar ? new WallRecords() : undefined
  }

  /**
   * A record without any counts.
   *
   * @param next any record that its user wants to find from here, or −1.
   */
  take(index: number, slot: number, next: number): number {
    const record = this.#free >= 0 ? this.#free : this.#size++
    if (record === this.#free) this.#free = this.#words[record * WORDS + NEXT] as number
    else if (this.#size * WORDS > this.#words.length) this.#grow()
    const at = record * WORDS
    const numbers = record * NUMBERS
    this.#words.fill(0, at, at + WORDS)
    this.#words[at] = slot
    this.#words[at + NEXT] = next
    if (!this.#isPublished) this.#words[at + UNPUBLISHED] = NOT_WATCHED
    this.#numbers[numbers] = index
    this.#numbers[numbers + SUM] = 0
    clearExtremes(this.#numbers, numbers + LEAST)
    this.#wall?.take(record)
    return record
  }

  giveBack(record: number): void {
    const at = record * WORDS
    for (const histogram of HISTOGRAMS) this.#histograms.release(this.#words[at + histogram] as number)
    this.#wall?.giveBack(record)
    this.#changed.remove(this.#words, record)
    this.#unpublished.remove(this.#words, record)
    this.#words[at + NEXT] = this.#free
    this.#free = record
  }

  slotOf(record: number): number {
    return this.#words[record * WORDS] as number
  }

  nextOf(record: number): number {
    return this.#words[record * WORDS + NEXT] as number
  }

  isChanged(record: number): boolean {
    return this.#words[record * WORDS + CHANGED] !== 0
  }

  isUnpublished(record: number): boolean {
    return (this.#words[record * WORDS + UNPUBLISHED] as number) > 0
  }

  enter(record: number, rework: -1 | 0 | 1, sign: 1 | -1): void {
    const at = record * WORDS
    this.#words[at + ENTERED] = (this.#words[at + ENTERED] as number) + sign
    this.#words[at + REWORKED] = (this.#words[at + REWORKED] as number) + rework
    this.#changedAt(at, record)
  }

  /**
   * A visit was completed.
   *
   * @param log of the slice, which has been told of the duration before.
   */
  complete(record: number, ms: number, bucket: number, breach: -1 | 0 | 1, sign: 1 | -1, log: DurationLog): void {
    const at = record * WORDS
    const words = this.#words
    words[at + EXITED] = (words[at + EXITED] as number) + sign
    words[at + BREACHED] = (words[at + BREACHED] as number) + breach
    words[at + DURATIONS] = this.#histograms.add(words[at + DURATIONS] as number, bucket, sign)
    const numbers = record * NUMBERS
    this.#numbers[numbers + SUM] = (this.#numbers[numbers + SUM] as number) + sign * ms
    if (sign === 1) widenExtremes(this.#numbers, numbers + LEAST, words, at + AT_LEAST, ms)
    else if (words[at + EXITED] === 0) clearExtremes(this.#numbers, numbers + LEAST)
    else narrowExtremes(this.#numbers, numbers + LEAST, words, at + AT_LEAST, ms, log, this.#who(record))
    this.#changedAt(at, record)
  }

  /**
   * How long the visit took by the wall clock that `complete` was just told of; of a stage with a calendar only.
   *
   * @param log of the slice and the wall clock, which has been told of the duration before.
   */
  completeByWall(record: number, ms: number, bucket: number, sign: 1 | -1, log: DurationLog): void {
    this.#wall?.complete(record, ms, bucket, sign, this.#who(record), log)
  }

  giveUp(record: number, how: 'abandoned' | 'expired', sign: 1 | -1): void {
    const at = record * WORDS
    const count = at + (how === 'abandoned' ? ABANDONED : EXPIRED)
    this.#words[count] = (this.#words[count] as number) + sign
    this.#changedAt(at, record)
  }

  /** See `Pane.unfinished`. No row shows it, so the record does not count as changed. */
  addUnfinished(record: number, bucket: number, sign: 1 | -1): void {
    const at = record * WORDS + UNFINISHED
    this.#words[at] = this.#histograms.add(this.#words[at] as number, bucket, sign)
    this.#notInRowsAt(record * WORDS, record)
  }

  /** See `Pane.reassigned`. */
  addReassigned(record: number, bucket: number, sign: 1 | -1): void {
    const at = record * WORDS + REASSIGNED
    this.#words[at] = this.#histograms.add(this.#words[at] as number, bucket, sign)
    this.#notInRowsAt(record * WORDS, record)
  }

  read(record: number, into: Pane): void {
    const words = this.#words
    const at = record * WORDS
    const numbers = record * NUMBERS
    into.index = this.#numbers[numbers] as number
    into.entered = words[at + ENTERED] as number
    into.reworked = words[at + REWORKED] as number
    into.exited = words[at + EXITED] as number
    into.abandoned = words[at + ABANDONED] as number
    into.expired = words[at + EXPIRED] as number
    into.breached = words[at + BREACHED] as number
    into.sumMs = this.#numbers[numbers + SUM] as number
    into.leastMs = this.#numbers[numbers + LEAST] as number
    into.mostMs = this.#numbers[numbers + MOST] as number
    this.#histograms.list(words[at + DURATIONS] as number, into.durations)
    this.#histograms.list(words[at + UNFINISHED] as number, into.unfinished)
    this.#histograms.list(words[at + REASSIGNED] as number, into.reassigned)
    if (into.wall !== undefined) this.#wall?.read(record, into.wall)
  }

  /** Widens `range` by the record's durations. */
  widen(record: number, range: ValueRange): void {
    if (this.#words[record * WORDS + EXITED] === 0) return
    range.least = Math.min(range.least, this.#numbers[record * NUMBERS + LEAST] as number)
    range.most = Math.max(range.most, this.#numbers[record * NUMBERS + MOST] as number)
  }

  /** The record counts as changed until it is taken. */
  mark(record: number): void {
    this.#changedAt(record * WORDS, record)
  }

  /** Records that changed since the last time, by slot, then index: the total's first. */
  takeChanged(): Int32Array {
    return this.#sorted(this.#changed.take(this.#words))
  }

  /** As `takeChanged`, also what no row shows; nothing where nobody publishes it. */
  takeUnpublished(): Int32Array {
    return this.#sorted(this.#unpublished.take(this.#words))
  }

  snapshot(): PaneRecordsState {
    return {
      words: this.#words.slice(0, this.#size * WORDS),
      numbers: this.#numbers.slice(0, this.#size * NUMBERS),
      free: this.#free,
      arena: this.#arena.snapshot(),
      wall: this.#wall?.snapshot(this.#size),
    }
  }

  /** Takes over a snapshot, in which records have the numbers that they had; none of them counts as changed yet. */
  restore({ words, numbers, free, arena, wall }: PaneRecordsState): void {
    this.#size = words.length / WORDS
    while (this.#words.length < words.length) this.#grow()
    this.#words.set(words)
    this.#numbers.set(numbers)
    for (let record = 0; record < this.#size; record++) {
      this.#words[record * WORDS + CHANGED] = 0
      this.#words[record * WORDS + UNPUBLISHED] = this.#isPublished ? 0 : NOT_WATCHED
    }
    this.#free = free
    this.#arena.restore(arena)
    if (wall !== undefined) this.#wall?.restore(wall)
  }

  #changedAt(at: number, record: number): void {
    if (this.#words[at + CHANGED] === 0) this.#changed.add(this.#words, record)
    if (this.#words[at + UNPUBLISHED] === 0) this.#unpublished.add(this.#words, record)
  }

  #notInRowsAt(at: number, record: number): void {
    if (this.#words[at + UNPUBLISHED] === 0) this.#unpublished.add(this.#words, record)
  }

  #sorted(records: Int32Array): Int32Array {
    const indexOf = (record: number) => this.#numbers[record * NUMBERS] as number
    return records.sort((left, right) => this.slotOf(left) - this.slotOf(right) || indexOf(left) - indexOf(right))
  }

  /** As a `DurationLog` names it. */
  #who(record: number): number | undefined {
    const slot = this.#words[record * WORDS] as number
    return slot === TOTAL_SLOT ? undefined : slot
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2)
    words.set(this.#words)
    this.#words = words
    const numbers = new Float64Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
  }
}

/** As they lie in memory: many thousand records are copied in a moment. */
export type PaneRecordsState = {
  readonly words: Int32Array
  readonly numbers: Float64Array
  readonly free: number
  readonly arena: WordArenaState
  /** Of a stage with a calendar. */
  readonly wall: WallRecordsState | undefined
}

/** Whole numbers of a record; the first is its slot. */
const WORDS = 16
const NEXT = 1
const ENTERED = 2
const REWORKED = 3
const EXITED = 4
const ABANDONED = 5
const EXPIRED = 6
const BREACHED = 7
const DURATIONS = 8
const UNFINISHED = 9
const REASSIGNED = 10
const HISTOGRAMS = [DURATIONS, UNFINISHED, REASSIGNED] as const
/** How many durations are the shortest, and the longest. */
const AT_LEAST = 11
/** See `ChangedRecords`. */
const CHANGED = 13
const UNPUBLISHED = 14

/** Its other numbers; the first is the pane's index. */
const NUMBERS = 4
const SUM = 1
const LEAST = 2
const MOST = 3
