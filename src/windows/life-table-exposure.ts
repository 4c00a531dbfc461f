import {
  AGE_BUCKETS,
  ageBucketOf,
  ageBucketOfDuration,
  ageEdges,
  durationMiddles,
  lowerAgeEdge,
} from './life-table-ages.ts'

/**
 * The time that visits spent at each age, in visit-ms.
 *
 * A visit was at risk from one age to another. Up to an age it spent the whole width of every bucket below and a part
 * of the bucket that holds the age; what it spent between two ages is the difference. So both ends add up apart, in two
 * sums a bucket, whatever the number of buckets between them:
 *
 *     until(7) ───────────●          bucket    0–2   2–4   4–8
 *     from(3)  ────●                  until 7     2     2     3
 *     at risk       ──────●           from 3      2     1     0      at risk: 0  1  3
 *
 * Ages are whole or half ms, so the sums are exact up to 2^52 and do not depend on the order of adding.
 */
export class Exposure {
  /** By age bucket: visits whose end lies in it less those whose beginning does, and the sum of those ages. */
  readonly #visits = new Float64Array(AGE_BUCKETS)
  readonly #ages = new Float64Array(AGE_BUCKETS)
  #oldest = 0

  /** The oldest age at which anyone was at risk, in ms; 0: nobody was. */
  get oldestAgeMs(): number {
    return this.#oldest
  }

  clear(): void {
    this.#visits.fill(0)
    this.#ages.fill(0)
    this.#oldest = 0
  }

  /** Visits at risk up to an age, from 0 on where `from` does not say otherwise. */
  until(ageMs: number, visits: number): void {
    if (ageMs <= 0) return
    if (ageMs > this.#oldest) this.#oldest = ageMs
    this.#add(ageBucketOf(ageMs), ageMs, visits)
  }

  /** Of visits that count until a higher age: they were not at risk before this one. Ages below 0 are none. */
  from(ageMs: number, visits: number): void {
    if (ageMs > 0) this.#add(ageBucketOf(ageMs), ageMs, -visits)
  }

  /** Visits at risk up to ages that lie evenly between two ages. */
  untilBetween(lowMs: number, highMs: number, visits: number): void {
    const middleMs = (lowMs + highMs) / 2
    // Narrow against a bucket, whose width is a twelfth of its ages: the middle says the same.
    if (highMs - lowMs < lowMs / 64) {
      this.until(middleMs, visits)
      return
    }
    if (middleMs > this.#oldest) this.#oldest = middleMs
    const density = visits / (highMs - lowMs)
    const last = ageBucketOf(highMs)
    for (let age = lowMs <= 0 ? 0 : ageBucketOf(lowMs); age <= last; age++) {
      const low = Math.max(lowMs, lowerAgeEdge(age))
      const high = Math.min(highMs, ageEdges[age] as number)
      if (high > low) this.#add(age, (low + high) / 2, density * (high - low))
    }
  }

  /**
   * Visits that left around one instant, by duration bucket: at risk up to their duration, from the age on that they had
   * `sinceStartMs` before.
   *
   * @param counts by duration bucket; those of `lowest` … `highest` are read, and set to 0.
   */
  leavers(counts: Int32Array, lowest: number, highest: number, sinceStartMs: number): void {
    const [visits, ages, edges, middles] = [this.#visits, this.#ages, ageEdges, durationMiddles]
    // Rising durations began at rising ages, so the bucket of these is never looked for, only walked up to.
    let begun = -1
    for (let bucket = lowest; bucket <= highest; bucket++) {
      const count = counts[bucket] as number
      if (count === 0) continue
      counts[bucket] = 0
      const durationMs = middles[bucket] as number
      const age = ageBucketOfDuration(bucket)
      visits[age] = (visits[age] as number) + count
      ages[age] = (ages[age] as number) + count * durationMs
      if (durationMs > this.#oldest) this.#oldest = durationMs
      const fromMs = durationMs - sinceStartMs
      if (fromMs <= 0) continue
      if (begun === -1) begun = ageBucketOf(fromMs)
      while (fromMs > (edges[begun] as number)) begun++
      visits[begun] = (visits[begun] as number) - count
      ages[begun] = (ages[begun] as number) - count * fromMs
    }
  }

  /** Visit-ms by age bucket. */
  byAge(): Float64Array {
    const exposure = new Float64Array(AGE_BUCKETS)
    let older = 0
    for (let age = AGE_BUCKETS - 1; age >= 0; age--) {
      const visits = this.#visits[age] as number
      const low = lowerAgeEdge(age)
      const spent = older * ((ageEdges[age] as number) - low) + (this.#ages[age] as number) - visits * low
      // Shares of visits leave rounding errors behind where nobody was at risk.
      exposure[age] = spent < 1e-3 ? 0 : spent
      older += visits
    }
    return exposure
  }

  #add(age: number, ageMs: number, visits: number): void {
    this.#visits[age] = (this.#visits[age] as number) + visits
    this.#ages[age] = (this.#ages[age] as number) + visits * ageMs
  }
}
