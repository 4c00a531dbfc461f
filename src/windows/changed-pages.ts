/** Pages that changed since they were taken. Noting one costs next to nothing, since most changes are of the page before. */
export class ChangedPages {
  #noted: number[] = []
  #latest = Number.NaN
  #compactAt = COMPACT_FROM

  note(page: number): void {
    if (page === this.#latest) return
    this.#latest = page
    this.#noted.push(page)
    if (this.#noted.length >= this.#compactAt) this.#compact()
  }

  /** Each once, rising. */
  take(): readonly number[] {
    if (this.#noted.length === 0) return this.#noted
    this.#compact()
    const taken = this.#noted
    this.#noted = []
    this.#latest = Number.NaN
    this.#compactAt = COMPACT_FROM
    return taken
  }

  #compact(): void {
    this.#noted = [...new Set(this.#noted)].sort((left, right) => left - right)
    this.#compactAt = Math.max(COMPACT_FROM, 2 * this.#noted.length)
  }
}

const COMPACT_FROM = 256
