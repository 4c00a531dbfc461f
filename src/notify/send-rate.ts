/** At most `count` in any span of `everyMs`. */
export type Rate = { readonly count: number; readonly everyMs: number }

/**
 * When something may be sent under several rates, each over a sliding window: in no span of its length are there more than
 * its count, wherever the span begins.
 */
export class SendRate {
  readonly #rates: readonly Rate[]
  /** When something was sent, rising, as far back as a rate reaches. */
  #sent: number[]

  /** @param sent when something was sent before, in ms since the epoch. */
  constructor(rates: readonly Rate[], sent: readonly number[] = []) {
    this.#rates = rates
    this.#sent = [...sent].sort((left, right) => left - right)
    this.#forget()
  }

  /** The first instant at which one more may be sent; `now` where that is at once. */
  nextAt(now: number): number {
    return nextAfter(this.#rates, this.#sent, now)
  }

  take(now: number): void {
    this.#sent.push(now)
    this.#forget()
  }

  /** How many may be sent from `now` until `withinMs` later, but no more than `most` are counted. */
  countWithin(now: number, withinMs: number, most: number): number {
    const sent = [...this.#sent]
    let at = now
    for (let count = 0; count < most; count++) {
      at = nextAfter(this.#rates, sent, at)
      if (at > now + withinMs) return count
      sent.push(at)
    }
    return most
  }

  #forget(): void {
    const most = this.#rates.reduce((count, rate) => Math.max(count, rate.count), 0)
    if (this.#sent.length > most) this.#sent = this.#sent.slice(this.#sent.length - most)
  }
}

/** The one that leaves the window makes room for the next. */
const nextAfter = (rates: readonly Rate[], sent: readonly number[], now: number): number =>
  rates.reduce((at, { count, everyMs }) => Math.max(at, (sent[sent.length - count] ?? -Infinity) + everyMs), now)
