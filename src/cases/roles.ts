import { ROLE, type Role } from './run.ts'

/** How many counted events of a topic partition play these parts now; corrections move them. */
export type RoleCounts = { beforeStart: number; afterEnd: number; unmatchedEnd: number; conflicting: number }

export class Roles {
  readonly #counts: RoleCounts[]

  constructor(sources: number) {
    this.#counts = Array.from({ length: sources }, () => ({
      beforeStart: 0,
      afterEnd: 0,
      unmatchedEnd: 0,
      conflicting: 0,
    }))
  }

  of(source: number): Readonly<RoleCounts> {
    return this.#counts[source] as RoleCounts
  }

  /** An event of the source plays another part than before. */
  move(source: number, was: Role, is: Role): void {
    if (was === is) return
    this.#add(source, was, -1)
    this.#add(source, is, 1)
  }

  conflict(source: number): void {
    ;(this.#counts[source] as RoleCounts).conflicting++
  }

  snapshot(): RoleCounts[] {
    return this.#counts.map(counts => ({ ...counts }))
  }

  restore(state: readonly RoleCounts[]): void {
    state.forEach((counts, source) => {
      this.#counts[source] = { ...counts }
    })
  }

  #add(source: number, role: Role, by: 1 | -1): void {
    const counts = this.#counts[source] as RoleCounts
    if (role === ROLE.beforeStart) counts.beforeStart += by
    else if (role === ROLE.afterEnd) counts.afterEnd += by
    else if (role === ROLE.unmatchedEnd) counts.unmatchedEnd += by
  }
}
