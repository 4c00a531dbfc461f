import type { CalendarDefinition } from '../../src/model/definitions.ts'

/*
 * Working time as "Business time" of docs/meaning.md has it, minute by minute: Intl says what the clocks of the zone show
 * in each of them, and each date looks for its hours among the minutes. Slow and obvious; it shares no code with the
 * calendar. It asks once a quarter of an hour, for since 1972 clocks have changed only between quarters, by whole minutes.
 */

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440

/** Dates reach into their neighbours: by night shifts, by offsets, and by a day where the date line moved. */
const MARGIN_MINUTES = 4 * DAY_MINUTES

/** The working minutes in [from, until), whole minutes in ms: true where people work in the minute that begins then. */
export function workingMinutes(calendar: CalendarDefinition, from: number, until: number): boolean[] {
  const first = from / MINUTE_MS - MARGIN_MINUTES
  const count = (until - from) / MINUTE_MS + 2 * MARGIN_MINUTES
  const shown = shownFrom(first, count, calendar.timezone)
  const working = new Array<boolean>(count).fill(false)
  const dates = new Set(shown.map(minute => Math.floor(minute / DAY_MINUTES)))
  for (const date of dates) {
    const special = calendar.days.find(({ day }) => day === date)
    const hours = special?.hours ?? calendar.week[(new Date(date * DAY_MINUTES * MINUTE_MS).getUTCDay() + 6) % 7]!
    for (const { fromMinute, toMinute } of hours) {
      const start = positionOf(date * DAY_MINUTES + fromMinute, shown, 'first')
      const end = positionOf(date * DAY_MINUTES + toMinute, shown, 'last')
      // Hours that lie at the edge of what was looked at belong to the margin.
      if (start === undefined || end === undefined) continue
      for (let position = start; position < end; position++) working[position] = true
    }
  }
  return working.slice(MARGIN_MINUTES, count - MARGIN_MINUTES)
}

/** Where the clock shows that minute for the first or last time; in a gap: as far after its beginning as the clock would. */
function positionOf(minute: number, shown: readonly number[], which: 'first' | 'last'): number | undefined {
  // Where it would be, had no clock changed; none changes by more than a day.
  const near = minute - shown[0]!
  const from = Math.max(0, near - 2 * DAY_MINUTES)
  const to = near + 2 * DAY_MINUTES
  const found = which === 'first' ? shown.indexOf(minute, from) : to < 0 ? -1 : shown.lastIndexOf(minute, to)
  if (found !== -1) return found
  const afterGap = shown.findIndex(other => other > minute)
  if (afterGap < 1) return undefined
  return afterGap - 1 + (minute - shown[afterGap - 1]!)
}

/** By zone and day: the histories that are compared share a few zones and many days. */
const days = new Map<string, readonly number[]>()
const DAYS_KEPT = 2_000

/** What the clocks show in minutes since the epoch, one after the other, as if it were UTC. The stretch is of whole days. */
function shownFrom(first: number, count: number, timezone: string): number[] {
  const shown: number[] = []
  for (let minute = first; minute < first + count; minute += DAY_MINUTES) shown.push(...dayFrom(minute, timezone))
  return shown
}

function dayFrom(first: number, timezone: string): readonly number[] {
  const name = `${timezone} ${first}`
  const known = days.get(name)
  if (known !== undefined) return known
  if (days.size >= DAYS_KEPT) days.clear()
  const clock = clockOf(timezone)
  const shown: number[] = []
  for (let minute = first; minute < first + DAY_MINUTES; minute++) {
    shown.push(shown.length === 0 || minute % 15 === 0 ? shownAt(clock, minute) : shown.at(-1)! + 1)
  }
  days.set(name, shown)
  return shown
}

function shownAt(clock: Intl.DateTimeFormat, minute: number): number {
  const [month, day, year, hour, minutes] = clock
    .format(minute * MINUTE_MS)
    .match(/\d+/g)!
    .map(Number)
  return Date.UTC(year!, month! - 1, day, hour, minutes) / MINUTE_MS
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone)
  if (known !== undefined) return known
  const two = '2-digit'
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
  })
  clocks.set(timezone, clock)
  return clock
}
