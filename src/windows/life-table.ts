/**
 * Live percentiles: how long a stage takes, visits that are still open included.
 *
 * Percentiles of completed visits tell of a slowdown late, since the slow visits finish last, and a stage that stops
 * has none. So this is the life table of a population: for each age, how many visits ended there within the window
 * (`exits`), and how much time visits spent at that age within it (`exposure`), whether they ended or not. Exits by
 * exposure is the hazard; survival is the share of visits that would last longer than an age if all of them met the
 * hazards of this window. The live p90 is the age where survival reaches 0.1.
 *
 *     survival(a) = (1 − zero-length exits / entries) · exp(−Σ hazard · width)    over the buckets below a
 *
 * It is made from counts of panes (`LifeTableCounts`), so no event pays for it. Ages at which nobody was at risk have no
 * hazard: survival stays level there. Above the oldest age at risk nothing is known, so an answer that would lie there
 * is a bound.
 *
 * Source: period life table with late entry and right-censoring, e.g. Andersen and Keiding, "Life tables", Encyclopedia
 * of Biostatistics; piecewise exponential hazard.
 */
import type { AtLeast } from '../model/bounded.ts'
import { ageBucketOf, ageEdges, lowerAgeEdge } from './life-table-ages.ts'

/** What a life table is made of. */
export type LifeTableSums = {
  /** Completed visits of the window by age bucket, zero-length ones left out. */
  readonly exits: Float64Array
  /** Visit-ms spent within the window, by age bucket. */
  readonly exposureMs: Float64Array
  readonly oldestAgeMs: number
  readonly zeroExits: number
  readonly entered: number
  readonly windowMs: number
}

export class LifeTable {
  /** Completed visits that it rests on: the confidence in it. */
  readonly exits: number
  /** Length of the window, as widened. */
  readonly windowMs: number
  /** The oldest age at risk in ms, above which nothing is known; 0: nobody was at risk. */
  readonly oldestAgeMs: number
  /** Share of visits that last longer than 0 ms. */
  readonly #atStart: number
  /** By age bucket up to that of the oldest age: exits per visit-ms, and their sum over all time before the bucket. */
  readonly #hazards: Float64Array
  readonly #before: Float64Array

  constructor({ exits, exposureMs, oldestAgeMs, zeroExits, entered, windowMs }: LifeTableSums) {
    const buckets = oldestAgeMs === 0 ? 0 : ageBucketOf(oldestAgeMs) + 1
    this.windowMs = windowMs
    this.oldestAgeMs = oldestAgeMs
    // A visit may enter in one segment and leave in another, so a segment can have more such exits than entries.
    this.#atStart = zeroExits === 0 ? 1 : 1 - zeroExits / Math.max(zeroExits, entered)
    this.#hazards = new Float64Array(buckets)
    this.#before = new Float64Array(buckets)
    let total = zeroExits
    let sum = 0
    for (let age = 0; age < buckets; age++) {
      const ended = exits[age] as number
      total += ended
      // Who leaves at the very start of the window was there for that instant.
      const hazard = ended === 0 ? 0 : ended / Math.max(1, exposureMs[age] as number)
      this.#hazards[age] = hazard
      this.#before[age] = sum
      sum += hazard * ((ageEdges[age] as number) - lowerAgeEdge(age))
    }
    this.exits = total
  }

  /**
   * The duration in ms that a share of visits does not exceed.
   *
   * @param share in 0..1: 0.9 for the p90.
   * @returns `{ atLeast }` where survival does not fall that far up to the oldest age at risk; undefined where nobody
   * was at risk.
   */
  quantile(share: number): number | AtLeast | undefined {
    if (this.#atStart <= 1 - share) return 0
    if (this.oldestAgeMs === 0) return undefined
    const wanted = Math.log(this.#atStart / (1 - share))
    if (this.#hazardUntil(this.oldestAgeMs) < wanted) return { atLeast: this.oldestAgeMs }
    let age = this.#hazards.length - 1
    while (age > 0 && (this.#before[age] as number) >= wanted) age--
    return lowerAgeEdge(age) + (wanted - (this.#before[age] as number)) / (this.#hazards[age] as number)
  }

  /**
   * The share of visits that last longer than an age.
   *
   * @returns undefined above the oldest age at risk: there it is at most that of the oldest age.
   */
  survival(ageMs: number): number | undefined {
    if (ageMs < 0) return 1
    return ageMs > this.oldestAgeMs ? undefined : this.#atStart * Math.exp(-this.#hazardUntil(ageMs))
  }

  /**
   * The probability that a visit that is open at an age is still open at its deadline: survival(deadline) / survival(age).
   *
   * @param deadlineAgeMs age at the deadline: deadline − entry. Where the age has come to it the answer is 1.
   * @returns `{ atMost }` where the deadline lies above the oldest age at risk: the hazards up to there are known and
   * those above can only lower it. A visit older than that is met by no known hazard, so its bound is 1. Undefined where
   * nobody was at risk.
   */
  probabilityLate(ageMs: number, deadlineAgeMs: number): number | { readonly atMost: number } | undefined {
    if (deadlineAgeMs <= ageMs) return 1
    if (this.oldestAgeMs === 0) return undefined
    const known = Math.min(deadlineAgeMs, this.oldestAgeMs)
    // The share of zero-length visits cancels: this one is longer.
    const probability = Math.exp(this.#hazardUntil(Math.min(ageMs, known)) - this.#hazardUntil(known))
    return known < deadlineAgeMs ? { atMost: probability } : probability
  }

  /** The sum of hazard · width up to an age that is not above the oldest. */
  #hazardUntil(ageMs: number): number {
    if (ageMs <= 0) return 0
    const age = ageBucketOf(ageMs)
    return (this.#before[age] as number) + (this.#hazards[age] as number) * (ageMs - lowerAgeEdge(age))
  }
}
