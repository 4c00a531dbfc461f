import { type Instant, instant } from './instant.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Hours whose offset is remembered for one zone: a bit more than a year of them. */
const REMEMBERED_HOURS = 10_000

type Zone = { readonly formatter: Intl.DateTimeFormat; readonly offsetOfHour: Map<number, number> }

// Asking Intl costs several microseconds, so each zone remembers the offset of the hours in which it does not change.
// What is remembered never alters an answer, so these functions stay pure.
const zones = new Map<string, Zone>()

/**
 * What the clocks of a zone are ahead of UTC at an instant, in ms (behind: negative).
 *
 * @throws RangeError when no zone has that name.
 */
export function zoneOffsetMs(at: number, timezone: string): number {
  const zone = zoneNamed(timezone)
  const hour = Math.floor(at / HOUR_MS)
  const known = zone.offsetOfHour.get(hour)
  if (known !== undefined) return known
  const first = askOffset(zone.formatter, hour * HOUR_MS)
  if (first !== askOffset(zone.formatter, (hour + 1) * HOUR_MS - 1)) return askOffset(zone.formatter, at)
  if (zone.offsetOfHour.size >= REMEMBERED_HOURS) zone.offsetOfHour.clear()
  zone.offsetOfHour.set(hour, first)
  return first
}

/**
 * The instant at which the clocks of a zone show a local time.
 *
 * A time that a clock change skips is shifted forward by the length of the gap; of one that occurs twice the earlier
 * instant is meant (`compatible` in the terms of Temporal).
 *
 * @param localMs The shown date and time as if it were UTC, in ms since the epoch.
 * @throws RangeError when no zone has that name.
 */
export function instantOfLocal(localMs: number, timezone: string): Instant {
  // No zone is a day away from UTC, so these two offsets are the ones before and after a change near this time.
  const before = zoneOffsetMs(localMs - DAY_MS, timezone)
  const after = zoneOffsetMs(localMs + DAY_MS, timezone)
  if (before === after) return instant(localMs - before)
  const earlier = localMs - Math.max(before, after)
  const later = localMs - Math.min(before, after)
  if (zoneOffsetMs(earlier, timezone) === localMs - earlier) return instant(earlier)
  if (zoneOffsetMs(later, timezone) === localMs - later) return instant(later)
  return instant(localMs - before)
}

function zoneNamed(timezone: string): Zone {
  const known = zones.get(timezone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
  const zone = { formatter, offsetOfHour: new Map<number, number>() }
  zones.set(timezone, zone)
  return zone
}

/** Reads the offset out of a text such as `7/1/2026, GMT-04:56:02`; `GMT` alone is no offset. */
function askOffset(formatter: Intl.DateTimeFormat, at: number): number {
  const found = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(formatter.format(at))
  if (found === null) return 0
  const [, sign, hours, minutes, seconds] = found
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1_000
  return sign === '-' ? -ms : ms
}
