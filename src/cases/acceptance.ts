/** What became of an event; a late one that was applied is counted too. */
export const COUNTED = 0
export const LATE_APPLIED = 1
export const DUPLICATE = 2
export const LATE = 3
export type Acceptance = typeof COUNTED | typeof LATE_APPLIED | typeof DUPLICATE | typeof LATE
