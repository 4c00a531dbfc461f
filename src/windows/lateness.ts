/**
 * P(late): how probable it is that an open case misses its deadline.
 *
 * A stage with a deadline of its own asks its own life table: of the visits that came to this age, which share lasted
 * beyond the deadline?
 *
 *     P(late | age) = S(deadline − entry) / S(age)
 *
 * For the deadline of the whole case two tables of the stage that the case is in are needed: that of the stage itself,
 * and that of the *rest*, the time from leaving the stage to the end of the case. The case is late if it is still in the
 * stage at the deadline, or leaves it at some age u and the rest takes longer than what then remains:
 *
 *     P(late | age) = S(deadline) / S(age) + Σ over u of P(leaves at u | age) · R(deadline − u)
 *
 *     entry        now          u                 deadline
 *       ├──── age ────┼── stage ──┼──────── rest ──────┼─ ─ ─
 *
 * One table from the entry of the stage to the end of the case would be simpler, and is worse: it takes a case that has
 * waited in the stage for ten days for one that has left it long ago. On real orders that cost half of the gain over
 * what the share of the elapsed time says by itself.
 *
 * Where a table does not reach far enough the answer is a range. In the due instant both of its ends never rise.
 *
 * Source: residual life of a period life table (see `life-table.ts`); the composition is that of a semi-Markov process,
 * in which the rest depends on when the stage was left by nothing but the instant.
 */
import type { LifeTable } from './life-table.ts'

/** A probability, or the range in which it lies; both ends in 0..1. */
export type Chance = { readonly low: number; readonly high: number }

export const CERTAIN: Chance = { low: 1, high: 1 }

const NEVER: Chance = { low: 0, high: 0 }

/** Nothing is known. */
export const ANY_CHANCE: Chance = { low: 0, high: 1 }

/**
 * Of a visit that is open at an age, for a deadline of its own stage.
 *
 * @param ageMs,deadlineAgeMs T − entry and due − entry, in the stage's time: business time where it has a calendar.
 */
export function chanceLate(table: LifeTable, ageMs: number, deadlineAgeMs: number): Chance {
  const late = table.probabilityLate(ageMs, deadlineAgeMs)
  if (late === undefined) return ANY_CHANCE
  return typeof late === 'number' ? { low: late, high: late } : { low: 0, high: late.atMost }
}

/** Of cases that are in a stage, for the deadline of the whole case; the two tables have one time, and one calendar. */
export class CaseLateness {
  readonly #stage: LifeTable
  readonly #rest: LifeTable
  /** Rising ages of leaving the stage; between two neighbours go 6 % of those who are there. */
  readonly #ages: readonly number[]
  /** Share of visits that last longer than each of them. */
  readonly #survivals: readonly number[]
  /** What `rest` says at its oldest age: the most that it can be beyond. */
  readonly #restBeyond: number

  /**
   * @param stage time spent in the stage.
   * @param rest time from leaving the stage to the case's end; only zero-length exits where leaving it is the end.
   */
  constructor(stage: LifeTable, rest: LifeTable) {
    this.#stage = stage
    this.#rest = rest
    this.#ages = leavingAges(stage)
    this.#survivals = this.#ages.map(age => stage.survival(age) as number)
    this.#restBeyond = rest.survival(rest.oldestAgeMs) as number
  }

  /**
   * @param ageMs,deadlineAgeMs T − entry and due − entry of the visit of the stage that the case is in.
   * @param level where given, only on which side of it both ends lie is asked: once that is certain the sum is not gone
   *   through to its end, and the answer is 1 or 0.
   */
  chance(ageMs: number, deadlineAgeMs: number, level?: number): Chance {
    if (deadlineAgeMs <= ageMs) return CERTAIN
    const stays = chanceLate(this.#stage, ageMs, deadlineAgeMs)
    const until = Math.min(deadlineAgeMs, this.#stage.oldestAgeMs)
    // Whoever leaves later has less time left: nobody has more than one who leaves now.
    const isKnown = deadlineAgeMs <= this.#stage.oldestAgeMs
    if (level !== undefined && isKnown && (this.#rest.survival(deadlineAgeMs - ageMs) ?? 0) >= level) return CERTAIN
    let { low, high } = stays
    let from = ageMs
    let there = 1
    const hereNow = this.#stage.survival(Math.min(ageMs, until)) as number
    for (let index = firstAbove(this.#ages, ageMs); from < until; index++) {
      if (level !== undefined) {
        if (low >= level) return CERTAIN
        // At the most all who are still to leave are late.
        if (high + there - stays.high < level) return NEVER
      }
      const age = this.#ages[index] ?? until
      const isLast = age >= until
      const to = isLast ? until : age
      const still = isLast ? stays.high : (this.#survivals[index] as number) / hereNow
      const left = there - still
      const remainingMs = deadlineAgeMs - (from + to) / 2
      const late = this.#rest.survival(remainingMs)
      low += left * (late ?? 0)
      high += left * (late ?? this.#restBeyond)
      there = still
      from = to
    }
    return { low: Math.min(low, 1), high: Math.min(high, 1) }
  }
}

/** Steps of the cumulative hazard: exp(−1/16) of those who are there at one age are there at the next. */
const STEPS_PER_UNIT = 16

function leavingAges(stage: LifeTable): number[] {
  const ages: number[] = []
  const atStart = stage.survival(0) as number
  if (atStart === 0) return ages
  for (let step = 1; ; step++) {
    const age = stage.quantile(1 - atStart * Math.exp(-step / STEPS_PER_UNIT))
    // A thousand steps are a survival of 1e-54: nobody is there.
    if (typeof age !== 'number' || step > 1_000) return ages
    ages.push(age)
  }
}

/** The index of the first that is above a value. */
function firstAbove(rising: readonly number[], value: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low
}
