import { between } from '../model/bounded.ts'
import type { BoundedLookup } from '../model/statistics.ts'
import type { CountRange } from './lateness-count.ts'

/** @param count is asked for only when `late_risk` is; undefined: the stage's visits are never due. */
export const withLateRisk =
  (others: BoundedLookup, count: (() => CountRange) | undefined): BoundedLookup =>
  (name, windowMs) => {
    if (name !== 'late_risk') return others(name, windowMs)
    if (count === undefined) return undefined
    const { low, high } = count()
    return between(low, high)
  }
