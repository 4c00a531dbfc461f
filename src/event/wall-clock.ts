import { type Instant, instant } from './instant.ts'
import { zoneOffsetMs } from './zone-offset.ts'

const DAY_MS = 86_400_000

/** The shortest time in which a zone changes its offset and takes that back is 7 days (1900 to 2199, database 2025c). */
const PROBE_MS = 4 * DAY_MS

/**
 * What the clocks of a zone show over a span of time: which offset they have from when on.
 *
 * Made once for many questions: `zone-offset.ts` asks Intl for each, at microseconds a question.
 */
export type WallClock = {
  /** Instants from which the offsets hold, rising; the first is -Infinity. */
  readonly since: readonly number[]
  /** What the clocks are ahead of UTC, in ms; as many as `since`. */
  readonly offsetsMs: readonly number[]
}

/**
 * The clock of a zone for instants in [from, until]; before and after them it goes on without a change.
 *
 * @param from whole seconds since the epoch in ms, as `until`.
 * @throws RangeError when no zone has that name.
 */
export function wallClock(from: number, until: number, timezone: string): WallClock {
  const clock = { since: [Number.NEGATIVE_INFINITY], offsetsMs: [zoneOffsetMs(from, timezone)] }
  for (let at = from; at < until; at += PROBE_MS) addChanges(clock, at, Math.min(at + PROBE_MS, until), timezone)
  return clock
}

/** Finds the changes in (from, until] by halving: `clock` holds the offset at `from` as its last one. */
function addChanges(
  clock: { since: number[]; offsetsMs: number[] },
  from: number,
  until: number,
  timezone: string,
): void {
  const offset = zoneOffsetMs(until, timezone)
  if (offset === clock.offsetsMs.at(-1)) return
  // Every change that a zone ever made fell on a whole second.
  if (until - from <= 1_000) {
    clock.since.push(until)
    clock.offsetsMs.push(offset)
    return
  }
  const middle = from + Math.floor((until - from) / 2_000) * 1_000
  addChanges(clock, from, middle, timezone)
  addChanges(clock, middle, until, timezone)
}

/**
 * The first instant at which the clock shows a local time. One that a change skips is shifted forward by the length of
 * the gap, as people do who take the time from the clock before the change.
 *
 * @param localMs The shown date and time as if it were UTC, in ms since the epoch.
 */
export const firstShown = (clock: WallClock, localMs: number): Instant =>
  instant(localMs - clock.offsetsMs[Math.min(firstPeriod(clock, localMs), lastPeriod(clock, localMs))]!)

/** The last instant at which the clock shows a local time; as `firstShown`, unless a change repeats that time. */
export const lastShown = (clock: WallClock, localMs: number): Instant =>
  instant(localMs - clock.offsetsMs[lastPeriod(clock, localMs)]!)

/** The first period of one offset that has not ended when its clock shows `localMs`. In a gap: the one after it. */
function firstPeriod({ since, offsetsMs }: WallClock, localMs: number): number {
  let period = 0
  while (period + 1 < since.length && localMs - offsetsMs[period]! >= since[period + 1]!) period++
  return period
}

/** The last period of one offset that has begun when its clock shows `localMs`. In a gap: the one before it. */
function lastPeriod({ since, offsetsMs }: WallClock, localMs: number): number {
  let period = since.length - 1
  while (localMs - offsetsMs[period]! < since[period]!) period--
  return period
}
