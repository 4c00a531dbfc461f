import { ChangedPages } from './changed-pages.ts'
import { ScatteredVisits } from './scattered-visits.ts'

/*
 * Open visits counted by the pane in which they started, oldest first.
 *
 *     scattered ◀── left behind ──┤ base ── 16 panes a page ── … ── newest ├
 *
 * Each change counts in any pane of the last minutes or hours, so the young panes lie side by side and a count is found
 * by subtraction. As time goes on they move: old panes are left behind to `ScatteredVisits` where what lies between would
 * not be worth its room. Every page knows its total, so a rank or the visits up to an instant are found without a look
 * at every pane.
 */
export class OpenVisits {
  #total = 0
  /** The first pane of the first page. */
  #base = 0
  #counts = new Int32Array(SMALLEST)
  /** For each page its total, and how many of its counts are not zero. */
  #pages = new Int32Array((SMALLEST / PAGE) * FIELDS)
  /** Pages before it hold nothing, nor do those from `#end` on. */
  #head = 0
  #end = 0
  #older: ScatteredVisits | undefined
  readonly #changed: ChangedPages | undefined

  /** @param isPublished whether somebody takes the pages that changed. */
  constructor(isPublished = false) {
    this.#changed = isPublished ? new ChangedPages() : undefined
  }

  get total(): number {
    return this.#total
  }

  /** @param by may be of either sign. */
  add(pane: number, by: number): void {
    if (by === 0) return
    this.#total += by
    this.#changed?.note(Math.floor(pane / PAGE))
    const at = pane - this.#base
    if (at >= 0 && at < this.#counts.length) this.#addAt(at, by)
    else this.#addOutside(pane, by)
  }

  /** Visits that entered in one pane. */
  countAt(pane: number): number {
    const at = pane - this.#base
    if (at >= 0 && at < this.#counts.length) return this.#counts[at] as number
    return this.#older?.countAt(pane) ?? 0
  }

  countsOfPage(page: number): number[] {
    return Array.from({ length: PAGE }, (_, place) => this.countAt(page * PAGE + place))
  }

  /** Pages of 16 panes in which a count changed since they were taken, rising; none where nobody publishes them. */
  takeChangedPages(): readonly number[] {
    return this.#changed?.take() ?? []
  }

  /** Calls for each pane of entry up to `last`, oldest first. */
  forEachUntil(last: number, visit: (pane: number, count: number) => void): void {
    this.#older?.forEachUntil(last, visit)
    const end = Math.min(this.#end, Math.floor((last - this.#base) / PAGE) + 1)
    for (let page = this.#headNow(); page < end; page++) {
      if (this.#pages[page * FIELDS + FILLED] === 0) continue
      const first = page * PAGE
      for (let at = first; at < first + PAGE && this.#base + at <= last; at++) {
        const count = this.#counts[at] as number
        if (count !== 0) visit(this.#base + at, count)
      }
    }
  }

  entries(): [pane: number, count: number][] {
    const entries: [number, number][] = []
    this.forEachUntil(Infinity, (pane, count) => entries.push([pane, count]))
    return entries
  }

  /** Visits that entered in panes up to `last`. */
  countUntil(last: number): number {
    const at = last - this.#base
    if (at < 0) return this.#older?.countUntil(last) ?? 0
    let count = this.#total
    // Few visits are younger than the instants that are asked for, so count from the young end.
    for (let page = this.#end - 1; page >= 0; page--) {
      const first = page * PAGE
      if (first + PAGE - 1 <= at) return count
      if (first > at) {
        count -= this.#pages[page * FIELDS] as number
        continue
      }
      for (let younger = at + 1; younger < first + PAGE; younger++) count -= this.#counts[younger] as number
      return count
    }
    return count
  }

  /**
   * The pane in which the visit entered that is the oldest (1), second oldest (2), …
   *
   * @param rank 1 … total.
   */
  paneOfRank(rank: number): number {
    const older = this.#older?.total ?? 0
    if (rank <= older) return (this.#older as ScatteredVisits).paneOfRank(rank)
    let left = rank - older
    for (let page = this.#headNow(); page < this.#end; page++) {
      const inPage = this.#pages[page * FIELDS] as number
      if (left > inPage) {
        left -= inPage
        continue
      }
      for (let at = page * PAGE; at < (page + 1) * PAGE; at++) {
        left -= this.#counts[at] as number
        if (left <= 0) return this.#base + at
      }
    }
    throw new Error(`there is no ${rank}th of ${this.#total} open visits`)
  }

  #addAt(at: number, by: number): void {
    const before = this.#counts[at] as number
    this.#counts[at] = before + by
    const page = at >> PAGE_BITS
    const place = page * FIELDS
    this.#pages[place] = (this.#pages[place] as number) + by
    if (before === 0) {
      this.#pages[place + FILLED] = (this.#pages[place + FILLED] as number) + 1
      if (page >= this.#end) this.#end = page + 1
      if (page < this.#head) this.#head = page
    } else if (before + by === 0) this.#pages[place + FILLED] = (this.#pages[place + FILLED] as number) - 1
  }

  #addOutside(pane: number, by: number): void {
    const first = Math.floor(pane / PAGE) * PAGE
    if (this.#headNow() === this.#end) {
      if (this.#older === undefined) this.#base = first
      // What was left behind lies before the base, and so has to stay before it.
      else this.#base = Math.max(first, this.#base)
      this.#head = 0
      this.#end = 0
    }
    if (pane < this.#base && !this.#reachBackTo(first)) {
      this.#older ??= new ScatteredVisits()
      this.#older.add(pane, by)
      return
    }
    if (pane >= this.#base + this.#counts.length) this.#moveOn(first)
    this.#addAt(pane - this.#base, by)
  }

  /** Moves the base back to a page; false where that would leave more room empty than it is worth. */
  #reachBackTo(first: number): boolean {
    if (this.#older !== undefined) return false
    const by = this.#base - first
    const length = roomFor(this.#end * PAGE + by)
    if (length > this.#mostRoom()) return false
    this.#relocate(0, by, length)
    return true
  }

  /** Makes room for a page beyond the young end. */
  #moveOn(first: number): void {
    const needed = first + PAGE - this.#base
    const unused = this.#head * PAGE
    // Moving is worth it where a quarter of the room is won: else what lies here has to move again soon.
    if (needed - unused <= (this.#counts.length * 3) / 4) {
      this.#relocate(this.#head, 0, this.#counts.length)
      return
    }
    const length = roomFor((needed - unused) * 1.5)
    if (length <= this.#mostRoom()) {
      this.#relocate(this.#head, 0, length)
      return
    }
    this.#leaveBehind(first + PAGE - this.#counts.length / 2)
  }

  /** Hands over all panes before one. */
  #leaveBehind(pane: number): void {
    const page = Math.min(this.#end, Math.ceil((pane - this.#base) / PAGE))
    this.#older ??= new ScatteredVisits()
    for (let at = this.#head * PAGE; at < page * PAGE; at++)
      this.#older.add(this.#base + at, this.#counts[at] as number)
    if (page < this.#end) {
      this.#relocate(page, 0, this.#counts.length)
      return
    }
    this.#counts.fill(0)
    this.#pages.fill(0)
    this.#head = 0
    this.#end = 0
    this.#base = Math.ceil(pane / PAGE) * PAGE
  }

  /** Moves the pages from one on to the beginning, or so many panes behind it. */
  #relocate(page: number, panesBefore: number, length: number): void {
    const counts = new Int32Array(length)
    const pages = new Int32Array((length / PAGE) * FIELDS)
    counts.set(this.#counts.subarray(page * PAGE, this.#end * PAGE), panesBefore)
    pages.set(this.#pages.subarray(page * FIELDS, this.#end * FIELDS), (panesBefore / PAGE) * FIELDS)
    this.#counts = counts
    this.#pages = pages
    const moved = panesBefore / PAGE - page
    this.#base -= moved * PAGE
    this.#head = Math.max(0, this.#head + moved)
    this.#end += moved
  }

  /** Room in panes that so many visits are worth. */
  #mostRoom(): number {
    return Math.max(SMALLEST, Math.min(LARGEST, this.#total * PANES_A_VISIT))
  }

  #headNow(): number {
    while (this.#head < this.#end && this.#pages[this.#head * FIELDS + FILLED] === 0) this.#head++
    return this.#head
  }
}

const PAGE_BITS = 4
/** Panes of a page. */
export const PAGE = 1 << PAGE_BITS
const FIELDS = 2
const FILLED = 1
/** Room in panes: at the least, at the most, and for each visit. A scattered visit takes as much as 16 panes. */
const SMALLEST = 64
const LARGEST = 16_384
const PANES_A_VISIT = 8

/** The power of two that holds so many panes. */
function roomFor(panes: number): number {
  let length = SMALLEST
  while (length < panes) length *= 2
  return length
}
