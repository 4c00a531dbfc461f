import { zoneOffsetMs } from '../event/zone-offset.ts'

export const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

/** What is usual, and how far from it is still nothing. */
export type ControlLimits = { readonly usual: number; readonly lower: number; readonly upper: number }

/** Of a normal distribution the median absolute deviation is the standard deviation divided by this. */
const MAD_TO_DEVIATION = 1.4826

/**
 * Control limits around the median: `limits` standard deviations, estimated from the median absolute deviation so that
 * one bad week does not widen them, and at least `minChange` of the median.
 *
 * @param samples at least one.
 * Source: Hampel, "The Influence Curve and Its Role in Robust Estimation", JASA 1974 (the median absolute deviation).
 */
export function controlLimits(samples: readonly number[], limits: number, minChange: number): ControlLimits {
  const usual = medianOf(samples)
  const deviation = MAD_TO_DEVIATION * medianOf(samples.map(sample => Math.abs(sample - usual)))
  const width = Math.max(limits * deviation, minChange * Math.abs(usual))
  return { usual, lower: usual - width, upper: usual + width }
}

function medianOf(values: readonly number[]): number {
  const rising = [...values].sort((left, right) => left - right)
  const middle = rising.length >> 1
  const upper = rising[middle] as number
  return rising.length % 2 === 1 ? upper : ((rising[middle - 1] as number) + upper) / 2
}

/**
 * Between two hours what is usual lies between them, and what is usual of either is within the limits.
 *
 * @param share of the hour that has passed, from 0 to 1.
 */
export function betweenHours(begun: ControlLimits, next: ControlLimits, share: number): ControlLimits {
  return {
    usual: begun.usual + share * (next.usual - begun.usual),
    lower: Math.min(begun.lower, next.lower),
    upper: Math.max(begun.upper, next.upper),
  }
}

/**
 * The hours of the weeks before at which the clocks of a zone showed the same weekday and time, the latest first.
 *
 * @param hour since the epoch.
 */
export function sameHoursOfWeek(hour: number, weeks: number, timezone: string): readonly number[] {
  const at = hour * HOUR_MS
  const offset = zoneOffsetMs(at, timezone)
  return Array.from({ length: weeks }, (_, index) => {
    const then = at - (index + 1) * WEEK_MS
    return Math.round((then + offset - zoneOffsetMs(then, timezone)) / HOUR_MS)
  })
}
