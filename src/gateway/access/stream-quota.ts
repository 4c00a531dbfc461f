import { ProblemError } from '../problem-error.ts'

export type StreamQuotaLimits = { readonly ofVisitor: number; readonly ofAddress: number }

/** How many streams are open, by whom and from where. */
export class StreamQuota {
  readonly #limits: StreamQuotaLimits
  readonly #open = new Map<string, number>()

  constructor(limits: StreamQuotaLimits) {
    this.#limits = limits
  }

  /** @returns what is to be called when it has closed, once; or why it may not be opened. */
  open(visitor: string, address: string): (() => void) | ProblemError {
    const counted = [
      { key: `visitor ${visitor}`, most: this.#limits.ofVisitor },
      { key: `address ${address}`, most: this.#limits.ofAddress },
    ]
    for (const { key, most } of counted) {
      if (this.#count(key) < most) continue
      const remedy = 'close streams that are not needed, or have http.limits raised'
      return new ProblemError('too-many-streams', `the ${key} has ${most} streams open, the most that one may`, remedy)
    }
    for (const { key } of counted) this.#open.set(key, this.#count(key) + 1)
    return () => {
      for (const { key } of counted) {
        const left = this.#count(key) - 1
        if (left > 0) this.#open.set(key, left)
        else this.#open.delete(key)
      }
    }
  }

  #count(key: string): number {
    return this.#open.get(key) ?? 0
  }
}
