import type { Fault, FaultPlan } from './front-options.ts'

/** Which requests go wrong. The same seed and the same order of requests give the same faults. */
export class Faults {
  #plan: FaultPlan = { seed: 0, faults: [] }
  #random = randomFrom(0)
  #injected = 0
  /** Requests since the plan was set. */
  readonly #asked = { inserts: 0, reads: 0 }

  get injected(): number {
    return this.#injected
  }

  set(plan: FaultPlan): void {
    this.#plan = plan
    this.#random = randomFrom(plan.seed)
    this.#injected = 0
    this.#asked.inserts = 0
    this.#asked.reads = 0
  }

  /** @returns what goes wrong with the next request, if anything. */
  next(of: Fault['of']): Fault['kind'] | undefined {
    const before = this.#asked[of]++
    const fault = this.#plan.faults.find(
      each => each.of === of && before >= (each.after ?? 0) && this.#random() < each.share,
    )
    if (fault !== undefined) this.#injected++
    return fault?.kind
  }

  /** @returns a number in [0, 1), for what about a fault is left to chance. */
  chance(): number {
    return this.#random()
  }
}

/** Mulberry32: numbers in [0, 1) that depend on nothing but the seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
