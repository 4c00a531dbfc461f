import type { CaseLooks } from '../../cases/case-looks.ts'
import type { OpenCaseSink } from '../../cases/open-case-sink.ts'
import type { SegmentKey } from '../../event/segment.ts'
import { addValue, exactSumOf, SUM_WIDTH } from '../../windows/exact-sum.ts'
import { tickOf } from './entry-queue.ts'
import { HandleSet } from './handle-set.ts'
import { SegmentCases } from './segment-cases.ts'
import { type AtStake, addToOldest, MOST_OLDEST, type OldestVisit, shownId } from './view.ts'

export type StageCasesParts = {
  readonly stage: number
  /** undefined: the stage is not cut. */
  readonly keyOf: (slot: number) => SegmentKey | undefined
  readonly looks: () => Pick<CaseLooks, 'finds' | 'start' | 'slot' | 'text'>
  /** When the open visit of a case is due, and where the case stands. */
  readonly dueOf: (handle: number) => OldestVisit['due']
  /** Whether cases say what they are worth. */
  readonly hasValue: boolean
  /** Takes the segments of which something changed; undefined: nobody asks. */
  readonly changed: ((segment: SegmentCases) => void) | undefined
}

/**
 * Which cases have an open visit of one stage: the oldest of each segment, and what its cases are worth.
 *
 * An event costs a bit and two words. Who has left is found when somebody asks for the oldest: the bit says who may still
 * be there, and the case itself whether it is the visit that was meant. All of it follows from the cases, so a snapshot has
 * none of it.
 */
export class StageCases implements OpenCaseSink {
  readonly #parts: StageCasesParts
  readonly #changed: StageCasesParts['changed']
  readonly #open = new HandleSet()
  /** By slot + 1. */
  readonly #segments: SegmentCases[] = []
  /** By slot + 1: what its open cases are worth together, and how many of them say so. */
  #sums = new Float64Array(16 * SUM_WIDTH)
  #valued = new Int32Array(16)
  /** The visit that was told to be closed last: most often it is opened again, corrected, and stands in the queue already. */
  #closedHandle = NOBODY
  #closedStart = 0
  #closedSlot = 0
  readonly #untidy: SegmentCases[] = []
  readonly #isOpen = (handle: number): boolean => this.#open.has(handle)

  constructor(parts: StageCasesParts) {
    this.#parts = parts
    this.#changed = parts.changed
  }

  opened(handle: number, slot: number, start: number, value: number): void {
    const segment = this.#segmentOf(slot)
    const isBack = handle === this.#closedHandle && start === this.#closedStart && slot === this.#closedSlot
    this.#closedHandle = NOBODY
    this.#open.add(handle)
    segment.open++
    this.#count(slot, value, 1)
    if (!isBack) this.#enqueue(segment, handle, start)
    this.#note(segment, start)
  }

  closed(handle: number, slot: number, start: number, value: number): void {
    const segment = this.#segmentOf(slot)
    this.#open.delete(handle)
    this.#count(slot, value, -1)
    this.#left(segment)
    this.#closedHandle = segment.open > 0 ? handle : NOBODY
    this.#closedStart = start
    this.#closedSlot = slot
    this.#note(segment, start)
  }

  changed(handle: number, from: number, to: number, start: number, before: number, value: number): void {
    // To whoever is told of it, it may be due at another time: under `__other__` a visit has the target of its own labels.
    if (from === to && Object.is(before, value) && this.#changed === undefined) return
    const segment = this.#segmentOf(from)
    const next = this.#segmentOf(to)
    this.#count(from, before, -1)
    this.#count(to, value, 1)
    if (from !== to) {
      this.#left(segment)
      next.open++
      this.#enqueue(next, handle, start)
      this.#note(segment, start)
    }
    this.#note(next, start)
  }

  /** Where a case of a segment stands may have become another: when it is due, or in which stage it is. */
  movedWithin(slot: number): void {
    this.#note(this.#segmentOf(slot), -Infinity)
  }

  /** @param slot undefined: of all segments. */
  oldest(slot: number | undefined): OldestVisit[] {
    this.#closedHandle = NOBODY
    const found: Found[] = []
    const asked = slot === undefined ? this.#segments : [this.#segments[slot + 1]]
    const segments = asked
      .filter((segment): segment is SegmentCases => segment !== undefined && segment.open > 0)
      .map(segment => ({ segment, earliest: segment.earliest(this.#isOpen) }))
      .sort((left, right) => left.earliest - right.earliest)
    for (const { segment, earliest } of segments) {
      const last = found[MOST_OLDEST - 1]
      if (last !== undefined && earliest > tickOf(last.start)) break
      this.#findOldest(segment, found)
    }
    return found.map(({ handle, case: id, start }) => ({ case: shownId(id), start, due: this.#parts.dueOf(handle) }))
  }

  atStake(slot: number | undefined): AtStake {
    if (slot !== undefined && this.#segments[slot + 1] === undefined) return { sum: 0n, cases: 0 }
    if (slot !== undefined)
      return { sum: exactSumOf(this.#sums, SUM_WIDTH * (slot + 1)), cases: this.#valued[slot + 1] as number }
    let sum = 0n
    let cases = 0
    for (const place of this.#segments.keys()) {
      sum += exactSumOf(this.#sums, SUM_WIDTH * place)
      cases += this.#valued[place] as number
    }
    return { sum, cases }
  }

  /** In the queues, of visits that have ended too. */
  get entries(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0)
  }

  /** Lets go of entries that only the cases themselves can tell to be of no visit any more. Between two records only. */
  tidy(): void {
    this.#closedHandle = NOBODY
    for (const segment of this.#untidy) this.#tidy(segment)
    this.#untidy.length = 0
  }

  #findOldest(segment: SegmentCases, found: Found[]): void {
    const looks = this.#parts.looks()
    segment.walk(this.#isOpen, (handle, tick) => {
      const last = found[MOST_OLDEST - 1]
      if (last !== undefined && tick > tickOf(last.start)) return false
      if (!this.#isTrue(segment, handle, tick)) return true
      const { start } = looks
      if (last !== undefined && start > last.start) return true
      if (found.some(other => other.handle === handle)) return true
      addToOldest(found, { handle, case: looks.text, start })
      return true
    })
  }

  /** Whether an entry is of the case's present visit. */
  #isTrue(segment: SegmentCases, handle: number, tick: number): boolean {
    const looks = this.#parts.looks()
    return looks.finds(handle, this.#parts.stage) && looks.slot === segment.slot && tickOf(looks.start) === tick
  }

  #tidy(segment: SegmentCases): void {
    segment.isUntidy = false
    const kept: number[] = []
    segment.keep((handle, tick) => {
      if (!this.#open.has(handle) || !this.#isTrue(segment, handle, tick)) return false
      // One entry of each.
      this.#open.delete(handle)
      kept.push(handle)
      return true
    })
    for (const handle of kept) this.#open.add(handle)
  }

  /** @param value NaN: nobody says. */
  #count(slot: number, value: number, sign: 1 | -1): void {
    if (Number.isNaN(value)) return
    addValue(this.#sums, SUM_WIDTH * (slot + 1), value, sign)
    this.#valued[slot + 1] = (this.#valued[slot + 1] as number) + sign
  }

  #enqueue(segment: SegmentCases, handle: number, start: number): void {
    const tick = tickOf(start)
    if (segment.appends(tick, handle)) return
    if (segment.size > mostFor(segment.open)) {
      this.#closedHandle = NOBODY
      segment.keep(this.#isOpen)
      if (segment.size > mostFor(segment.open) && !segment.isUntidy) {
        segment.isUntidy = true
        this.#untidy.push(segment)
      }
    }
    segment.add(tick, handle)
  }

  #left(segment: SegmentCases): void {
    if (--segment.open > 0) return
    segment.clear()
    this.#closedHandle = NOBODY
  }

  #note(segment: SegmentCases, start: number): void {
    const changed = this.#changed
    if (changed === undefined) return
    const wasNew = segment.isOldestNew || segment.isStakeNew
    if (start <= segment.toldUntil) segment.isOldestNew = true
    if (this.#parts.hasValue) segment.isStakeNew = true
    if (!wasNew && (segment.isOldestNew || segment.isStakeNew)) changed(segment)
  }

  #segmentOf(slot: number): SegmentCases {
    const known = this.#segments[slot + 1]
    if (known !== undefined && (known.open > 0 || known.key === this.#parts.keyOf(slot))) return known
    const made = new SegmentCases(slot, this.#parts.keyOf(slot))
    while (this.#segments.length <= slot) this.#segments.push(new SegmentCases(this.#segments.length - 1, undefined))
    this.#segments[slot + 1] = made
    if (slot + 1 >= this.#valued.length) this.#growTo(slot + 2)
    return made
  }

  #growTo(places: number): void {
    const [sums, valued] = [new Float64Array(2 * places * SUM_WIDTH), new Int32Array(2 * places)]
    sums.set(this.#sums)
    valued.set(this.#valued)
    this.#sums = sums
    this.#valued = valued
  }
}

type Found = { readonly handle: number; readonly case: string; readonly start: number }

const NOBODY = -1

/** So many entries a segment may hold before they are looked through. */
const mostFor = (open: number): number => open + (open >> 2) + 32
