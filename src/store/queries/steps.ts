import { type Instant, instant } from '../../event/instant.ts'
import { QueryError } from './query-error.ts'
import { checkRange, checkWhole, type Range } from './range.ts'

/*
 * Steps of a range are counted from its start, so that a day may begin at midnight of any place, and so that the steps
 * of an earlier range of the same length lie under those of this one, however long it is.
 */

/** With which earlier time a series is compared: the range of the same length right before, or the same time a week ago. */
export type Comparison = 'period-before' | 'week-before'

/** A range cut into steps of `stepMs`, the last one shorter where they do not fit. */
export type SteppedRange = Range & { readonly stepMs: number }

/** One step; a time without a pane has no sums. */
export type ComparedPoint<Sums> = {
  /** Start of the step in the range that was asked for. */
  readonly start: Instant
  readonly sums: Sums | undefined
  /** The step as far from the start of the range before; undefined too where that comparison was not asked for. */
  readonly periodBefore: Sums | undefined
  /** The step that starts 7 days (168 h) earlier. */
  readonly weekBefore: Sums | undefined
}

const weekMs = 604_800_000
const mostSteps = 10_000

/** @throws QueryError where a range or step makes no sense, or there are more than 10,000 steps. */
export function checkSteps({ from, to, stepMs }: SteppedRange): void {
  checkRange({ from, to })
  checkWhole('stepMs', stepMs, 1, Number.MAX_SAFE_INTEGER, 'ms')
  const steps = Math.ceil((to - from) / stepMs)
  if (steps <= mostSteps) return
  throw new QueryError('stepMs', `cuts the range into ${steps} steps`, `Ask for at most ${mostSteps}: a longer step.`)
}

/** Start of the step that holds `start_ms`; asks for the parameters `from` and `step`. */
export const stepStart = '{from:Int64} + intDiv(start_ms - {from:Int64}, {step:Int64}) * {step:Int64}'

/**
 * The longest time that every step is made of whole ones of, counted from the epoch: a roll-up may stand for as long a
 * time as divides this.
 */
export const stepUnitMs = ({ from, stepMs }: SteppedRange): number => commonUnitMs(stepMs, from)

/** The longest time of which both are whole multiples. @param lengthMs over 0. */
export function commonUnitMs(lengthMs: number, otherMs: number): number {
  let [larger, smaller] = [lengthMs, Math.abs(otherMs) % lengthMs]
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

/**
 * Reads a range and those that it is compared with, and lays them over each other.
 *
 * @param read the steps of a range that have panes, by their starts.
 * @returns the steps of which any of the ranges has panes, oldest first.
 */
export async function comparedSteps<Sums>(
  range: SteppedRange,
  compare: readonly Comparison[],
  read: (range: SteppedRange) => Promise<ReadonlyMap<number, Sums>>,
): Promise<ComparedPoint<Sums>[]> {
  checkSteps(range)
  const readBefore = async (comparison: Comparison, byMs: number): Promise<ReadonlyMap<number, Sums>> => {
    if (!compare.includes(comparison)) return new Map()
    const before = { ...range, from: instant(range.from - byMs), to: instant(range.to - byMs) }
    const sums = await read(before)
    return new Map([...sums].map(([start, sum]) => [start + byMs, sum]))
  }
  const [sums, periodBefore, weekBefore] = await Promise.all([
    read(range),
    readBefore('period-before', range.to - range.from),
    readBefore('week-before', weekMs),
  ])
  const starts = new Set([...sums.keys(), ...periodBefore.keys(), ...weekBefore.keys()])
  return [...starts]
    .sort((left, right) => left - right)
    .map(start => ({
      start: instant(start),
      sums: sums.get(start),
      periodBefore: periodBefore.get(start),
      weekBefore: weekBefore.get(start),
    }))
}
