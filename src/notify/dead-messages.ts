import { type DeadEnd, rememberedMs, type Settlement } from '../journal/outbox.ts'

export type DeadMessage = Settlement & DeadEnd

/** Those that are listed and can be sent again; the oldest leave first, and all after a day. */
const MOST_DEAD = 1_000

/** The messages that were given up. */
export class DeadMessages {
  readonly #now: () => number
  #dead: DeadMessage[]

  constructor(settled: Iterable<Settlement>, now: () => number) {
    this.#now = now
    this.#dead = [...settled].filter(settlement => settlement.outcome === 'dead')
  }

  add(dead: DeadMessage): void {
    this.#dead = [...this.list(), dead]
  }

  /** Those of the last day, oldest first. */
  list(): readonly DeadMessage[] {
    const since = this.#now() - rememberedMs
    this.#dead = this.#dead.filter(({ at }) => at >= since).slice(-MOST_DEAD)
    return this.#dead
  }

  /** Takes one out, to be sent again; undefined: there is none of that id. */
  take(id: string): DeadMessage | undefined {
    const found = this.list().find(dead => dead.id === id)
    this.#dead = this.#dead.filter(dead => dead !== found)
    return found
  }
}
