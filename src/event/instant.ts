import type { Branded } from './brand.ts'

/** A point in time in whole milliseconds since the epoch, UTC; negative before 1970. */
export type Instant = Branded<number, 'Instant'>

export const instant = (ms: number): Instant => ms as Instant

/** ISO 8601 in UTC with milliseconds, e.g. `2026-11-23T07:46:40.055Z`. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString()
