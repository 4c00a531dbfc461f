import { BucketCounts } from './bucket-counts.ts'
import { ChangedRecords, NOT_WATCHED } from './changed-records.ts'
import { levelOf, RANKS, rankOf } from './distinct.ts'
import { addValue } from './exact-sum.ts'
import type { MeasurePane } from './measure-pane.ts'
import type { ValueRange } from './settled-panes.ts'
import type { ValueCounts } from './value-counts.ts'
import { WordArena, type WordArenaState } from './word-arena.ts'

/*
 * Panes of a measure that may still change, as records: a record is a number, under which what was counted in one pane
 * of one series stands in columns. Nothing is allocated for an event; the columns double when they are full. The values
 * themselves are kept once a slice (`value-counts.ts`), and a record knows the latest of its own.
 */
export class MeasureRecords {
  readonly #keepsDistinct: boolean
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

  /** @param isPublished whether somebody takes what is unpublished. */
  constructor(keepsDistinct: boolean, isPublished: boolean) {
    this.#keepsDistinct = keepsDistinct
    this.#isPublished = isPublished
  }

  /**
   * A record in which nothing was counted.
   *
   * @param next any record that its user wants to find from here, or −1.
   */
  take(index: number, slot: number, next: number): number {
    const record = this.#free >= 0 ? this.#free : this.#size++
    if (record === this.#free) this.#free = this.#words[record * WORDS + NEXT] as number
    else if (this.#size * WORDS > this.#words.length) this.#grow()
    const at = record * WORDS
    this.#words.fill(0, at, at + WORDS)
    this.#words[at] = slot
    this.#words[at + NEXT] = next
    this.#words[at + VALUES] = -1
    if (!this.#isPublished) this.#words[at + UNPUBLISHED] = NOT_WATCHED
    if (this.#keepsDistinct) this.#words[at + BY_RANK] = this.#arena.take(RANKS_SIZE)
    const numbers = record * NUMBERS
    this.#numbers[numbers] = index
    this.#numbers.fill(0, numbers + SUM, numbers + NUMBERS)
    this.#clearExtremes(record)
    return record
  }

  giveBack(record: number): void {
    const at = record * WORDS
    this.#histograms.release(this.#words[at + HISTOGRAM] as number)
    if (this.#keepsDistinct) this.#arena.giveBack(this.#words[at + BY_RANK] as number, RANKS_SIZE)
    this.#changed.remove(this.#words, record)
    this.#unpublished.remove(this.#words, record)
    this.#words[at + NEXT] = this.#free
    this.#free = record
  }

  slotOf(record: number): number {
    return this.#words[record * WORDS] as number
  }

  indexOf(record: number): number {
    return this.#numbers[record * NUMBERS] as number
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

  /**
   * An event was counted, or withdrawn.
   *
   * @param values of the slice.
   * @returns 1: no other event of the record has this value, −1: no event has it any more; else 0.
   */
  count(record: number, value: number, bucket: number, sign: 1 | -1, values: ValueCounts): -1 | 0 | 1 {
    const at = record * WORDS
    const words = this.#words
    words[at + COUNT] = (words[at + COUNT] as number) + sign
    words[at + HISTOGRAM] = this.#histograms.add(words[at + HISTOGRAM] as number, bucket, sign)
    addValue(this.#numbers, record * NUMBERS + SUM, value, sign)
    const isNew = values.size
    const entry = values.add(words[at] as number, value, sign, words[at + VALUES] as number)
    if (entry === isNew) words[at + VALUES] = entry
    this.mark(record)
    const left = values.countOf(entry)
    const turn = sign === 1 ? (left === 1 ? 1 : 0) : left === 0 ? -1 : 0
    if (turn !== 0) this.#turn(record, value, turn, values)
    return turn
  }

  /** Of the distinct values; see `distinct.ts`. */
  levelOf(record: number): number {
    return this.#keepsDistinct ? levelOf(this.#arena.words, this.#words[record * WORDS + BY_RANK] as number) : 0
  }

  /** @param values of the slice: the distinct ones that are kept are listed; undefined: they are only counted. */
  read(record: number, into: MeasurePane, values: ValueCounts | undefined): void {
    const words = this.#words
    const at = record * WORDS
    const numbers = record * NUMBERS
    into.index = this.#numbers[numbers] as number
    into.count = words[at + COUNT] as number
    into.sum[0] = this.#numbers[numbers + SUM] as number
    into.sum[1] = this.#numbers[numbers + SUM + 1] as number
    into.least = this.#numbers[numbers + LEAST] as number
    into.most = this.#numbers[numbers + MOST] as number
    this.#histograms.list(words[at + HISTOGRAM] as number, into.buckets)
    into.values.clear()
    into.level = this.levelOf(record)
    into.kept = 0
    if (!this.#keepsDistinct) return
    const byRank = words[at + BY_RANK] as number
    for (let rank = into.level; rank < RANKS; rank++) into.kept += this.#arena.words[byRank + rank] as number
    values?.forEach(words[at + VALUES] as number, value => {
      if (rankOf(value) >= into.level) into.values.push(value)
    })
  }

  /** Widens `range` by the record's values. */
  widen(record: number, range: ValueRange): void {
    range.least = Math.min(range.least, this.#numbers[record * NUMBERS + LEAST] as number)
    range.most = Math.max(range.most, this.#numbers[record * NUMBERS + MOST] as number)
  }

  /** Events counted in the record's segment with this value. @param values of the slice. */
  timesOf(record: number, value: number, values: ValueCounts): number {
    const entry = values.find(this.slotOf(record), value)
    return entry < 0 ? 0 : values.countOf(entry)
  }

  /** The record counts as changed until it is taken. */
  mark(record: number): void {
    const at = record * WORDS
    if (this.#words[at + CHANGED] === 0) this.#changed.add(this.#words, record)
    if (this.#words[at + UNPUBLISHED] === 0) this.#unpublished.add(this.#words, record)
  }

  /** Records that changed since the last time, by slot, then index: the total's first. */
  takeChanged(): Int32Array {
    return this.#sorted(this.#changed.take(this.#words))
  }

  /** As `takeChanged`; nothing where nobody publishes it. */
  takeUnpublished(): Int32Array {
    return this.#sorted(this.#unpublished.take(this.#words))
  }

  snapshot(): MeasureRecordsState {
    return {
      words: this.#words.slice(0, this.#size * WORDS),
      numbers: this.#numbers.slice(0, this.#size * NUMBERS),
      free: this.#free,
      arena: this.#arena.snapshot(),
    }
  }

  /** Takes over a snapshot, in which records have the numbers that they had; none of them counts as changed yet. */
  restore({ words, numbers, free, arena }: MeasureRecordsState): void {
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
  }

  #sorted(records: Int32Array): Int32Array {
    return records.sort(
      (left, right) => this.slotOf(left) - this.slotOf(right) || this.indexOf(left) - this.indexOf(right),
    )
  }

  /** A value has come that was not there, or the last one of it has gone. */
  #turn(record: number, value: number, turn: 1 | -1, values: ValueCounts): void {
    if (this.#keepsDistinct) {
      const place = (this.#words[record * WORDS + BY_RANK] as number) + rankOf(value)
      this.#arena.words[place] = (this.#arena.words[place] as number) + turn
    }
    if (turn === 1) {
      this.#widen(record, value)
      return
    }
    const numbers = record * NUMBERS
    if (value !== this.#numbers[numbers + LEAST] && value !== this.#numbers[numbers + MOST]) return
    this.#clearExtremes(record)
    values.forEach(this.#words[record * WORDS + VALUES] as number, left => this.#widen(record, left))
  }

  #widen(record: number, value: number): void {
    const numbers = record * NUMBERS
    if (value < (this.#numbers[numbers + LEAST] as number)) this.#numbers[numbers + LEAST] = value
    if (value > (this.#numbers[numbers + MOST] as number)) this.#numbers[numbers + MOST] = value
  }

  /** Nothing is counted. */
  #clearExtremes(record: number): void {
    this.#numbers[record * NUMBERS + LEAST] = Infinity
    this.#numbers[record * NUMBERS + MOST] = -Infinity
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
export type MeasureRecordsState = {
  readonly words: Int32Array
  readonly numbers: Float64Array
  readonly free: number
  readonly arena: WordArenaState
}

/** Whole numbers of a record; the first is its slot. */
const WORDS = 8
const NEXT = 1
const COUNT = 2
const HISTOGRAM = 3
/** How many of the distinct values have each rank: a block of 2^RANKS_SIZE words. */
const BY_RANK = 4
const RANKS_SIZE = 4
/** The latest of its values. */
const VALUES = 5
/** See `ChangedRecords`. */
const CHANGED = 6
const UNPUBLISHED = 7

/** Its other numbers; the first is the pane's index. */
const NUMBERS = 5
const SUM = 1
const LEAST = 3
const MOST = 4
