import { distinctFrom, RANKS, rankOf } from './distinct.ts'
import type { MeasurePane } from './measure-pane.ts'

/**
 * The distinct values of the panes in a window: those that each of them keeps, at the highest of their levels.
 *
 * For each value it is counted in how many panes it is, so panes come in and leave at the price of their own values. What
 * has been dropped for a higher level does not come back: when the last pane of that level leaves, or the level of a
 * pane inside changes, the union is not known any more, and is made anew when somebody asks. So it is always that of
 * the panes inside, however the window came there.
 */
export class DistinctUnion {
  readonly #panesOf = new Map<number, number>()
  /** Panes of each level. */
  readonly #levels = new Int32Array(RANKS)
  #level = 0
  isKnown = false

  get level(): number {
    return this.#level
  }

  get distinct(): number {
    return distinctFrom(this.#panesOf.size, this.#level)
  }

  /** Becomes that of no panes. */
  clear(): void {
    this.#panesOf.clear()
    this.#levels.fill(0)
    this.#level = 0
    this.isKnown = true
  }

  forget(): void {
    this.#panesOf.clear()
    this.isKnown = false
  }

  /** A pane comes in or leaves, with its values. */
  addPane({ level, values }: MeasurePane, sign: 1 | -1): void {
    if (!this.isKnown) return
    this.#levels[level] = (this.#levels[level] as number) + sign
    if (level > this.#level) this.#raise(level)
    else if (level === this.#level && level > 0 && this.#levels[level] === 0) {
      this.forget()
      return
    }
    for (let at = 0; at < values.size; at++) this.turn(values.numbers[at] as number, sign)
  }

  /** A pane inside has one more value, or one less. */
  turn(value: number, sign: 1 | -1): void {
    if (!this.isKnown || rankOf(value) < this.#level) return
    const panes = (this.#panesOf.get(value) ?? 0) + sign
    if (panes === 0) this.#panesOf.delete(value)
    else this.#panesOf.set(value, panes)
  }

  forEach(call: (value: number) => void): void {
    for (const value of this.#panesOf.keys()) call(value)
  }

  #raise(level: number): void {
    this.#level = level
    for (const value of this.#panesOf.keys()) if (rankOf(value) < level) this.#panesOf.delete(value)
  }
}

/** Distinct values of several unions together: of shards, or of segments. */
export function distinctOf(unions: readonly DistinctUnion[]): number {
  const [only] = unions
  if (only === undefined) return 0
  if (unions.length === 1) return only.distinct
  const level = Math.max(...unions.map(union => union.level))
  const values = new Set<number>()
  for (const union of unions) {
    union.forEach(value => {
      if (rankOf(value) >= level) values.add(value)
    })
  }
  return distinctFrom(values.size, level)
}
