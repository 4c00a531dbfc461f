/**
 * How fresh what has been read of a log is.
 *
 * Where several write in transactions there is always one open, and the end is always a little ahead of what can be read: a
 * reader that keeps up need never be at it. So an end is remembered until it has been reached, and what is read then is as
 * fresh as that end was.
 */
export class Freshness {
  #since = -Infinity
  #next: { readonly endOffset: number; readonly at: number } | undefined

  /** What comes next was written after this instant, by our own clock; −Infinity: no end has been reached yet. */
  get since(): number {
    return this.#since
  }

  cameTo(readTo: number, endOffset: number, nowMs: number): void {
    if (readTo >= endOffset) {
      this.#since = nowMs
      this.#next = undefined
      return
    }
    if (this.#next !== undefined && readTo >= this.#next.endOffset) {
      this.#since = this.#next.at
      this.#next = undefined
    }
    this.#next ??= { endOffset, at: nowMs }
  }
}
