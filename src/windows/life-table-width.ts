const dayMs = 86_400_000

/** Exits that a live percentile should rest on. */
export const WANTED_EXITS = 100

/**
 * The length of the window of a live percentile: the smallest 2^j · W in which enough exits are expected, at most 24 h.
 *
 * What enters leaves, so the rate of entries tells how many exits to expect. The exits of the moment do not: a stage
 * that stops would have none, and a window that grew with their absence would hide the stop among the exits of before.
 *
 * @param windowMs W as asked for; where 2^j · W would exceed 24 h the longest that does not, and W where W is longer.
 * @param entriesPerMs of the stage and segment, over the last 24 h.
 */
export function liveWindowMs(windowMs: number, entriesPerMs: number): number {
  let wide = windowMs
  while (wide * entriesPerMs < WANTED_EXITS && 2 * wide <= dayMs) wide *= 2
  return wide
}
