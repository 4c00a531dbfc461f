/** Open visits counted by the pane in which they started, oldest first. */
export class OpenVisits {
  readonly #panes: number[] = []
  readonly #counts: number[] = []
  #total = 0

  get total(): number {
    return this.#total
  }

  /** Sets the count of a pane that has none yet. */
  set(pane: number, count: number): void {
    this.#total += count
    const at = this.#placeOf(pane)
    this.#panes.splice(at, 0, pane)
    this.#counts.splice(at, 0, count)
  }

  add(pane: number, by: 1 | -1): void {
    this.#total += by
    const at = this.#placeOf(pane)
    if (this.#panes[at] !== pane) {
      this.#panes.splice(at, 0, pane)
      this.#counts.splice(at, 0, by)
      return
    }
    const count = (this.#counts[at] as number) + by
    if (count === 0) {
      this.#panes.splice(at, 1)
      this.#counts.splice(at, 1)
    } else this.#counts[at] = count
  }

  /** Calls for each pane of entry up to `last`, oldest first. */
  forEachUntil(last: number, visit: (pane: number, count: number) => void): void {
    for (let at = 0; at < this.#panes.length; at++) {
      const pane = this.#panes[at] as number
      if (pane > last) return
      visit(pane, this.#counts[at] as number)
    }
  }

  entries(): [number, number][] {
    return this.#panes.map((pane, at) => [pane, this.#counts[at] as number])
  }

  /** Index of the pane, or of where it would stand. New visits mostly enter the latest pane, so look there first. */
  #placeOf(pane: number): number {
    const length = this.#panes.length
    if (length === 0 || (this.#panes[length - 1] as number) < pane) return length
    let low = 0
    let high = length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#panes[middle] as number) < pane) low = middle + 1
      else high = middle
    }
    return low
  }
}
