/**
 * The working time of a span of at most a few years, laid out for counting: instants, not clock times.
 *
 * Each date's hours become instants by the clock of the zone: work begins when the clock first shows the beginning and
 * ends when it last shows the end, so on the night on which an hour comes twice the night shift is an hour longer, and
 * on the night on which one is skipped an hour shorter, as it really is. A beginning or an end inside a skipped hour moves
 * forward by the length of the gap; hours that come out reversed by that count nothing. A date that a zone leaves out
 * altogether (the date line moved) has no work.
 *
 *     dates      ──── Fri ────┬──── Sat ────┬──── Sun ────
 *     hours        ▄▄▄ ▄▄▄▄   │             │
 *     intervals   s0 e0 s1 e1                              of instants, rising, not touching, cut at the page's edges
 *     before      0     e0-s0                              working time in the page before each interval
 *
 * To count the working time before an instant is to find its interval. The page knows for each of its days of 24 hours
 * (UTC) the first interval that ends in it or later, so that is one look and a step or two.
 */
import { firstShown, lastShown, wallClock } from '../event/wall-clock.ts'
import type { WorkingHours } from './working-hours.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Multiplying is faster than dividing. For whole ms the product never reaches the next day too early: it is off by less than 1e-12. */
const DAYS_PER_MS = 1 / DAY_MS

/** Dates before and after the page's own whose hours may reach into it, and then some: offsets, nights, the date line. */
const MARGIN_DAYS = 5

export type CalendarPage = {
  readonly start: number
  readonly end: number
  /** Working intervals [start, end) as instants. All three lists end with an interval at infinity. */
  readonly starts: Float64Array
  readonly ends: Float64Array
  /** Working time in the page before each interval, in ms; at the last position that of the whole page. */
  readonly before: Float64Array
  /** By the 24 hours since the start of the page: position of the first interval that ends after their beginning. */
  readonly firstOfDay: Int32Array
}

/** When people work: the hours that begin on a date, given as days since 1970-01-01. */
export type HoursOfDate = (day: number) => readonly WorkingHours[]

/**
 * @param start a midnight UTC, as `end`.
 * @throws RangeError when no zone has that name.
 */
export function makePage(hoursOf: HoursOfDate, timezone: string, start: number, end: number): CalendarPage {
  const intervals = joined(intervalsAround(hoursOf, timezone, start, end))
    .map(interval => ({ start: Math.max(interval.start, start), end: Math.min(interval.end, end) }))
    .filter(interval => interval.start < interval.end)
  const size = intervals.length + 1
  const page = {
    start,
    end,
    starts: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    ends: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    before: new Float64Array(size),
    firstOfDay: new Int32Array((end - start) / DAY_MS + 1),
  }
  intervals.forEach((interval, position) => {
    page.starts[position] = interval.start
    page.ends[position] = interval.end
    page.before[position + 1] = page.before[position]! + interval.end - interval.start
  })
  let first = 0
  for (let day = 0; day < page.firstOfDay.length; day++) {
    while (page.ends[first]! <= start + day * DAY_MS) first++
    page.firstOfDay[day] = first
  }
  return page
}

type Interval = { readonly start: number; readonly end: number }

function intervalsAround(hoursOf: HoursOfDate, timezone: string, start: number, end: number): Interval[] {
  const margin = MARGIN_DAYS * DAY_MS
  const clock = wallClock(start - 2 * margin, end + 2 * margin, timezone)
  const intervals: Interval[] = []
  for (let midnight = start - margin; midnight < end + margin; midnight += DAY_MS) {
    if (firstShown(clock, midnight) >= firstShown(clock, midnight + DAY_MS)) continue
    for (const { fromMinute, toMinute } of hoursOf(midnight / DAY_MS)) {
      intervals.push({
        start: firstShown(clock, midnight + fromMinute * MINUTE_MS),
        end: lastShown(clock, midnight + toMinute * MINUTE_MS),
      })
    }
  }
  return intervals.filter(interval => interval.start < interval.end)
}

function joined(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = []
  for (const interval of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last === undefined || interval.start > last.end) joined.push(interval)
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, interval.end) }
  }
  return joined
}

/** The working time of the whole page, in ms. */
export const pageTotalMs = (page: CalendarPage): number => page.before[page.before.length - 1]!

/** Position of the first interval that ends after `at`, an instant in [start, end]. */
export function intervalFrom({ start, ends, firstOfDay }: CalendarPage, at: number): number {
  let position = firstOfDay[((at - start) * DAYS_PER_MS) | 0]!
  while (ends[position]! <= at) position++
  return position
}

/** The working time of the page before `at`, an instant in [start, end], in ms. */
export function workedBefore(page: CalendarPage, at: number): number {
  const position = intervalFrom(page, at)
  const start = page.starts[position]!
  const before = page.before[position]!
  return at > start ? before + (at - start) : before
}

/** The first instant before which the page has so much working time: `ms` from more than 0 to the page's total. */
export function firstInstantWith({ starts, before }: CalendarPage, ms: number): number {
  const position = lastAtMost(before, ms, false)
  return starts[position]! + ms - before[position]!
}

/** The last instant before which the page has no more working time: `ms` from 0 to less than the page's total. */
export function lastInstantWith({ starts, before }: CalendarPage, ms: number): number {
  const position = lastAtMost(before, ms, true)
  return starts[position]! + ms - before[position]!
}

/** Position of the last of the rising `values` that is less than `bound`, or equal to it where `orEqual`. */
export function lastAtMost(
  values: Float64Array,
  bound: number,
  orEqual: boolean,
  from = 0,
  to = values.length - 1,
): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const value = values[middle]!
    if (value < bound || (orEqual && value === bound)) low = middle
    else high = middle - 1
  }
  return low
}
