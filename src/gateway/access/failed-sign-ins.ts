const MOST_ADDRESSES = 10_000

/** How often somebody at an address has shown a token that does not count, within a minute. */
export class FailedSignIns {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #byAddress = new Map<string, { count: number; readonly since: number }>()

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /** Until nothing more is looked at that comes from there, in ms from now; 0: it is. */
  blockedForMs(address: string): number {
    const failed = this.#byAddress.get(address)
    if (failed === undefined) return 0
    const leftMs = failed.since + 60_000 - this.#now()
    if (leftMs <= 0) this.#byAddress.delete(address)
    return leftMs > 0 && failed.count >= this.#perMinute ? leftMs : 0
  }

  /** @returns whether this one was the last that is looked at. */
  add(address: string): boolean {
    const failed = this.#byAddress.get(address)
    if (failed !== undefined && failed.since + 60_000 > this.#now()) {
      failed.count += 1
      return failed.count === this.#perMinute
    }
    this.#byAddress.delete(address)
    const [oldest] = this.#byAddress.keys()
    if (oldest !== undefined && this.#byAddress.size >= MOST_ADDRESSES) this.#byAddress.delete(oldest)
    this.#byAddress.set(address, { count: 1, since: this.#now() })
    return this.#perMinute === 1
  }
}
