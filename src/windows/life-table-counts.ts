import { ZERO_BUCKET } from './histogram.ts'
import { LifeTable } from './life-table.ts'
import { AGE_BUCKETS, ageBucketOfDuration, durationMiddles } from './life-table-ages.ts'
import { Exposure } from './life-table-exposure.ts'
import { coarseness, lastPaneBefore, type PaneRange, paneIndexOf, windowPanes } from './span.ts'

/** The most slices of its window in which a life table looks at who left when; panes beyond are taken together. */
const MAX_SLICES = 200

/** What a life table reads of a pane. Buckets are those of the histogram of durations; counts are not negative. */
export type PaneOfVisits = {
  readonly index: number
  readonly entered: number
  /** Durations of the visits that completed in it, by the segment that they had just before the closing event. */
  readonly forEachExitWhileOpen: (call: (bucket: number, count: number) => void) => void
  /** Ages at which visits were abandoned or expired in it. */
  readonly forEachUnfinished: (call: (bucket: number, count: number) => void) => void
}

/** As `BusinessCalendar`: working time between two instants, and the instant that lies so much of it away. */
export type BusinessTime = {
  readonly businessMs: (from: number, to: number) => number
  readonly addBusinessMs: (from: number, ms: number) => number | undefined
}

/** What a life table is to cover. */
export type LifeTableWindow = {
  /** T in ms since the epoch. */
  readonly at: number
  /** Length of the window as widened, see `liveWindowMs`; in business time where there is a calendar. */
  readonly windowMs: number
  readonly paneMs: number
  /** Of the stage: durations, ages and the window are business time. undefined: the wall clock. */
  readonly calendar: BusinessTime | undefined
  /** The first pane, where it is not the one that follows from the length. */
  readonly firstPane?: number
}

/**
 * Collects the counts of panes from which a life table is made.
 *
 * Visits of one stage and segment may come in parts, in any order: the shards of a process, the segments that a rule
 * takes together. Of each part tell the open visits, and the panes of `range` that hold anything:
 *
 *     const counts = new LifeTableCounts({ at, windowMs, paneMs, calendar })
 *     for each part:
 *       open.forEachUntil(counts.range.last, (pane, visits) => counts.open(pane, visits))
 *       series.forEachPane(counts.range.first, counts.range.last, pane => counts.addPane(pane))
 *     counts.table().quantile(0.9)
 *
 * A visit that left in a pane at a given age began that much earlier; where this is before the window, it enters the
 * table late, at the age that it had at the window's start. The instants of leaving are taken for evenly spread over
 * their pane, and those of entry of open visits over theirs. The counts of neighbouring panes are taken together before
 * that, so a table costs the counts that it is told and 200 slices, however long its window.
 */
export class LifeTableCounts {
  /** The panes of the window, first and last included. */
  range: PaneRange = { first: 0, last: -1 }
  #at = 0
  #start = 0
  #windowMs = 0
  #paneMs = 1
  #slicePanes = 1
  #elapsedMs: (from: number, to: number) => number = wallClock
  readonly #exposure = new Exposure()
  /** Visits that completed in the window, by duration bucket, that of 0 ms first. */
  readonly #exits = new Int32Array(durationMiddles.length - SHORTEST)
  #openPanes: number[] = []
  #openCounts: number[] = []
  #entered = 0
  /** Visits of the current slice that left, by duration bucket, and which buckets and panes they lie in. */
  readonly #slice = new Int32Array(durationMiddles.length)
  #lowest = Number.POSITIVE_INFINITY
  #highest = -1
  #first = 0
  #end = 0
  #pane = 0
  #paneEnd = 0
  #isNewPane = false
  readonly #exitedHere = (bucket: number, count: number): void => this.exited(bucket, count)
  readonly #leftHere = (bucket: number, count: number): void => this.left(bucket, count)

  constructor(window: LifeTableWindow) {
    this.restart(window)
  }

  /** Begins anew, for another window: whoever makes a thousand tables in a row makes them of one such object. */
  restart({ at, windowMs, paneMs, calendar, firstPane }: LifeTableWindow): void {
    this.#endSlice()
    this.#exposure.clear()
    this.#exits.fill(0)
    this.#openPanes = []
    this.#openCounts = []
    this.#entered = 0
    this.#isNewPane = false
    if (firstPane !== undefined) this.range = { first: firstPane, last: lastPaneBefore(at, paneMs) }
    else if (calendar === undefined) this.range = windowPanes(at, windowMs, paneMs)
    else this.range = businessPanes(at, windowMs, paneMs, calendar)
    this.#at = at
    this.#start = this.range.first * paneMs
    this.#windowMs = windowMs
    this.#paneMs = paneMs
    this.#slicePanes = slicePanes(windowMs, paneMs)
    this.#elapsedMs = calendar === undefined ? wallClock : (from, to) => calendar.businessMs(from, to)
  }

  /** Visits open at T that entered in a pane; those that entered after T do not count. */
  open(pane: number, count: number): void {
    if (pane > this.range.last) return
    this.#openPanes.push(pane)
    this.#openCounts.push(count)
  }

  addPane(pane: PaneOfVisits): void {
    this.pane(pane.index)
    this.entered(pane.entered)
    pane.forEachExitWhileOpen(this.#exitedHere)
    pane.forEachUnfinished(this.#leftHere)
  }

  /**
   * Turns to a pane; what is told next happened in it.
   *
   * @param index within `range`.
   * @param panes how many panes are told as one, where only their sum is known.
   */
  pane(index: number, panes = 1): void {
    this.#pane = index
    this.#paneEnd = index + panes
    this.#isNewPane = true
  }

  entered(count: number): void {
    this.#entered += count
  }

  /** Visits that completed; their segment is the one that they had just before the closing event. */
  exited(bucket: number, count: number): void {
    const place = bucket - SHORTEST
    this.#exits[place] = (this.#exits[place] as number) + count
    this.left(bucket, count)
  }

  /** Visits that were abandoned or expired at an age. */
  left(bucket: number, count: number): void {
    if (bucket === SHORTEST) return
    if (this.#isNewPane) this.#reachPane()
    this.#slice[bucket] = (this.#slice[bucket] as number) + count
    if (bucket < this.#lowest) this.#lowest = bucket
    if (bucket > this.#highest) this.#highest = bucket
  }

  /** The life table of everything told; nothing may be told after it. */
  table(): LifeTable {
    this.#endSlice()
    this.#addOpen()
    return new LifeTable({
      exits: exitsByAge(this.#exits),
      exposureMs: this.#exposure.byAge(),
      oldestAgeMs: this.#exposure.oldestAgeMs,
      zeroExits: this.#exits[0] as number,
      entered: this.#entered,
      windowMs: this.#windowMs,
    })
  }

  /** The first visit of a pane: its slice reaches to it. Slices are aligned, and no longer than what is told of them. */
  #reachPane(): void {
    this.#isNewPane = false
    const slice = Math.floor(this.#pane / this.#slicePanes)
    if (this.#highest !== -1 && slice === Math.floor(this.#first / this.#slicePanes) && this.#pane >= this.#first) {
      if (this.#paneEnd > this.#end) this.#end = this.#paneEnd
      return
    }
    this.#endSlice()
    this.#first = this.#pane
    this.#end = this.#paneEnd
  }

  #endSlice(): void {
    const [from, until] = [this.#first * this.#paneMs, Math.min(this.#end * this.#paneMs, this.#at)]
    const sinceStartMs = (this.#elapsedMs(this.#start, from) + this.#elapsedMs(this.#start, until - 1)) / 2
    this.#exposure.leavers(this.#slice, this.#lowest, this.#highest, sinceStartMs)
    this.#lowest = Number.POSITIVE_INFINITY
    this.#highest = -1
  }

  /** Oldest first, the parts taken together: the shares of a pane do not depend on who told it. */
  #addOpen(): void {
    const [panes, counts] = [this.#openPanes, this.#openCounts]
    const rising = panes.every((pane, index) => index === 0 || pane > (panes[index - 1] as number))
    if (rising) {
      for (let index = 0; index < panes.length; index++)
        this.#addOpenOf(panes[index] as number, counts[index] as number)
      return
    }
    const visits = new Map<number, number>()
    panes.forEach((pane, index) => {
      visits.set(pane, (visits.get(pane) ?? 0) + (counts[index] as number))
    })
    for (const pane of [...visits.keys()].sort((left, right) => left - right)) {
      this.#addOpenOf(pane, visits.get(pane) as number)
    }
  }

  #addOpenOf(pane: number, visits: number): void {
    const first = pane * this.#paneMs
    const last = Math.min(first + this.#paneMs, this.#at) - 1
    this.#exposure.untilBetween(this.#elapsedMs(last, this.#at), this.#elapsedMs(first, this.#at), visits)
    if (first >= this.#start) return
    const atStartMs = (this.#elapsedMs(first, this.#start) + this.#elapsedMs(last, this.#start)) / 2
    this.#exposure.from(atStartMs, visits)
  }
}

/** The duration bucket of 0 ms, below all others. Nobody spends time in it. */
const SHORTEST = ZERO_BUCKET

function exitsByAge(exits: Int32Array): Float64Array {
  const byAge = new Float64Array(AGE_BUCKETS)
  for (let place = 1; place < exits.length; place++) {
    const count = exits[place] as number
    if (count === 0) continue
    const age = ageBucketOfDuration(place + SHORTEST)
    byAge[age] = (byAge[age] as number) + count
  }
  return byAge
}

const wallClock = (from: number, to: number): number => to - from

/** As `windowPanes`, W of business time back; of a calendar that has not had so much yet, W of the wall clock. */
function businessPanes(at: number, windowMs: number, paneMs: number, calendar: BusinessTime): PaneRange {
  const whole = paneIndexOf(at, paneMs) * paneMs
  const start = calendar.addBusinessMs(whole, -windowMs) ?? whole - windowMs
  const coarse = coarseness(windowMs, paneMs)
  return { first: paneIndexOf(start, coarse * paneMs) * coarse, last: lastPaneBefore(at, paneMs) }
}

/**
 * How many panes make a slice of a window: the smallest power of two that leaves at most `MAX_SLICES`.
 */
export function slicePanes(windowMs: number, paneMs: number): number {
  let panes = 1
  while (windowMs / (panes * paneMs) > MAX_SLICES) panes *= 2
  return panes
}
