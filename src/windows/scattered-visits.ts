/*
 * Visits counted by pane, wherever these lie: the old open visits of a series, few and far between.
 *
 * Sixteen neighbouring panes are a page; the pages that hold anything stand in a sorted list. Visits mostly enter the
 * last page and leave any other, so neither moves more than the counts of a few pages; and since every page knows its
 * total, a rank or the visits up to an instant are found without a look at every pane.
 */
export class ScatteredVisits {
  #total = 0
  /** Numbers of the pages, rising, from #head to #end. */
  #pages = new Float64Array(4)
  /** For each of them: where its counts begin, its total, and how many of its counts are not zero. */
  #about = new Int32Array(4 * FIELDS)
  #head = 0
  #end = 0
  #counts = new Int32Array(4 * PAGE)
  #used = 0
  readonly #free: number[] = []
  /** Where the last change was: the next one is often near. */
  #near = 0

  get total(): number {
    return this.#total
  }

  /** @param by may be of either sign. */
  add(pane: number, by: number): void {
    if (by === 0) return
    this.#total += by
    const page = Math.floor(pane / PAGE)
    let at = this.#placeOf(page)
    if (at === this.#end && this.#isNewestEmpty()) this.#pages[--at] = page
    if (at === this.#end || this.#pages[at] !== page) {
      this.#addPage(page, at, pane - page * PAGE, by)
      return
    }
    this.#near = at
    const about = at * FIELDS
    const place = (this.#about[about] as number) + pane - page * PAGE
    const before = this.#counts[place] as number
    this.#counts[place] = before + by
    this.#about[about + 1] = (this.#about[about + 1] as number) + by
    if (before === 0) this.#about[about + 2] = (this.#about[about + 2] as number) + 1
    else if (before + by === 0) this.#emptied(at, about)
  }

  countAt(pane: number): number {
    const page = Math.floor(pane / PAGE)
    const at = this.#placeOf(page)
    if (at === this.#end || this.#pages[at] !== page) return 0
    return this.#counts[(this.#about[at * FIELDS] as number) + pane - page * PAGE] as number
  }

  /** Calls for each pane of entry up to `last`, oldest first. */
  forEachUntil(last: number, visit: (pane: number, count: number) => void): void {
    for (let at = this.#head; at < this.#end; at++) {
      const first = (this.#pages[at] as number) * PAGE
      if (first > last) return
      const place = this.#about[at * FIELDS] as number
      for (let offset = 0; offset < PAGE && first + offset <= last; offset++) {
        const count = this.#counts[place + offset] as number
        if (count !== 0) visit(first + offset, count)
      }
    }
  }

  /** Visits that entered in panes up to `last`. */
  countUntil(last: number): number {
    let count = this.#total
    // Few visits are younger than the instants that are asked for, so count from the young end.
    for (let at = this.#end - 1; at >= this.#head; at--) {
      const first = (this.#pages[at] as number) * PAGE
      if (first + PAGE - 1 <= last) return count
      if (first > last) {
        count -= this.#about[at * FIELDS + 1] as number
        continue
      }
      const place = this.#about[at * FIELDS] as number
      for (let offset = last - first + 1; offset < PAGE; offset++) count -= this.#counts[place + offset] as number
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
    let left = rank
    for (let at = this.#head; at < this.#end; at++) {
      const inPage = this.#about[at * FIELDS + 1] as number
      if (left > inPage) {
        left -= inPage
        continue
      }
      const place = this.#about[at * FIELDS] as number
      for (let offset = 0; offset < PAGE; offset++) {
        left -= this.#counts[place + offset] as number
        if (left <= 0) return (this.#pages[at] as number) * PAGE + offset
      }
    }
    throw new Error(`there is no ${rank}th of ${this.#total} open visits`)
  }

  /** Index of the page, or of where it would stand. */
  #placeOf(page: number): number {
    const pages = this.#pages
    const newest = this.#end - 1
    if (newest < this.#head || (pages[newest] as number) < page) return this.#end
    if (pages[newest] === page) return newest
    if (this.#near >= this.#head && this.#near < this.#end && pages[this.#near] === page) return this.#near
    // Where no page is missing in between it stands as far from the newest as its number says, else nearer.
    const nearest = newest - ((pages[newest] as number) - page)
    if (nearest >= this.#head && pages[nearest] === page) return nearest
    let low = Math.max(this.#head, nearest)
    let high = newest
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pages[middle] as number) < page) low = middle + 1
      else high = middle
    }
    return low
  }

  #addPage(page: number, at: number, offset: number, count: number): void {
    let place = at
    if (this.#end === this.#pages.length) place -= this.#makeRoom()
    this.#pages.copyWithin(place + 1, place, this.#end)
    this.#about.copyWithin((place + 1) * FIELDS, place * FIELDS, this.#end * FIELDS)
    this.#end++
    const counts = this.#free.pop() ?? this.#newCounts()
    this.#counts.fill(0, counts, counts + PAGE)
    this.#counts[counts + offset] = count
    this.#pages[place] = page
    this.#about[place * FIELDS] = counts
    this.#about[place * FIELDS + 1] = count
    this.#about[place * FIELDS + 2] = 1
    this.#near = place
  }

  /** The newest page may be empty: it waits for the next visit, so that a stage of brief visits moves no pages. */
  #isNewestEmpty(): boolean {
    return this.#end > this.#head && this.#about[(this.#end - 1) * FIELDS + 2] === 0
  }

  /** A count of a page fell to zero: with the last one the page leaves, unless it is the newest. */
  #emptied(at: number, about: number): void {
    const filled = (this.#about[about + 2] as number) - 1
    this.#about[about + 2] = filled
    if (filled > 0 || at === this.#end - 1) return
    this.#free.push(this.#about[about] as number)
    if (at === this.#head) {
      this.#head++
      return
    }
    this.#pages.copyWithin(at, at + 1, this.#end)
    this.#about.copyWithin(about, about + FIELDS, this.#end * FIELDS)
    this.#end--
  }

  #newCounts(): number {
    const place = this.#used
    this.#used += PAGE
    if (this.#used > this.#counts.length) {
      const counts = new Int32Array(this.#counts.length * 2)
      counts.set(this.#counts)
      this.#counts = counts
    }
    return place
  }

  /** @returns by how much the pages have moved down: over those that left at the old end, or not, into longer lists. */
  #makeRoom(): number {
    const moved = this.#head
    const isHalfEmpty = 2 * moved >= this.#pages.length
    const pages = isHalfEmpty ? this.#pages : new Float64Array(2 * this.#pages.length)
    const about = isHalfEmpty ? this.#about : new Int32Array(2 * this.#about.length)
    pages.set(this.#pages.subarray(moved, this.#end))
    about.set(this.#about.subarray(moved * FIELDS, this.#end * FIELDS))
    this.#pages = pages
    this.#about = about
    this.#head = 0
    this.#end -= moved
    return moved
  }
}

const PAGE = 16
const FIELDS = 3
