import { type Instant, instant } from '../../event/instant.ts'
import { type WallClock, wallClock } from '../../event/wall-clock.ts'
import { instantOfLocal, zoneOffsetMs } from '../../event/zone-offset.ts'
import { isTimeZone } from '../../model/time-zone.ts'
import { QueryError } from './query-error.ts'
import type { Range } from './range.ts'

const hourMs = 3_600_000
const weekMs = 604_800_000

/** Monday 00:00 of the first week of the epoch, which begins on a Thursday, in local hours. */
const firstMonday = -72

/** The hours that the clocks of a place showed over some weeks. */
export type LocalWeeks = Range & {
  readonly clock: WallClock
  readonly hours: readonly LocalHour[]
}

export type LocalHour = {
  /** When it began. */
  readonly start: Instant
  /** 0 … 167: 0 is Monday 00:00 to 01:00 by local time, 24 Tuesday 00:00. */
  readonly hourOfWeek: number
  /** 0 is the first week of the span. */
  readonly week: number
}

/**
 * Whole weeks of local time that end where the local hour begins in which `before` lies. So each hour of the week is in
 * each of them once; where clocks are set back twice in one, and where they are set forward in one not at all.
 *
 * @throws QueryError where no zone has that name.
 */
export function localWeeks(before: Instant, weeks: number, timezone: string): LocalWeeks {
  if (!isTimeZone(timezone)) {
    const remedy = 'Use a name of the IANA time zone database, such as Europe/Berlin.'
    throw new QueryError('timezone', `${JSON.stringify(timezone)} is not known`, remedy)
  }
  const to = hourStart(before, timezone)
  const localEnd = to + zoneOffsetMs(to, timezone)
  const from = instantOfLocal(localEnd - weeks * weekMs, timezone)
  const hours: LocalHour[] = []
  for (let start = hourStart(from, timezone); start < to; start = nextHour(start, timezone)) {
    const local = start + zoneOffsetMs(start, timezone)
    hours.push({
      start: instant(start),
      hourOfWeek: positiveRest(Math.floor(local / hourMs) - firstMonday, 168),
      week: Math.floor((local - (localEnd - weeks * weekMs)) / weekMs),
    })
  }
  return { from, to: instant(to), clock: wallClock(floorSecond(from), floorSecond(to), timezone), hours }
}

const floorSecond = (ms: number): number => Math.floor(ms / 1_000) * 1_000

/** When the local hour began that an instant lies in, as the clock shows it then. */
const hourStart = (at: number, timezone: string): number => at - positiveRest(at + zoneOffsetMs(at, timezone), hourMs)

/** The next instant that begins an hour by the clock that is shown there: quarters of an hour are the finest that clocks are set by. */
function nextHour(start: number, timezone: string): number {
  const quarterMs = hourMs / 4
  let at = start + quarterMs
  while (hourStart(at, timezone) <= start) at += quarterMs
  return hourStart(at, timezone)
}

const positiveRest = (value: number, by: number): number => ((value % by) + by) % by
