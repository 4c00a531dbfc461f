/**
 * Business time: how much working time lies between two instants, by a calendar.
 *
 * The calendar is unrolled into pages of 366 days, each made when first asked for; pages stand side by side without a
 * gap, each with the working time before it, counted from wherever the first question fell. So working time between
 * two instants is a difference of two sums, whatever lies between them, and no question allocates anything once its
 * pages are there. Answers never depend on what was asked before.
 *
 * It works from 1900 to 2199. Nothing outside of that is working time, which bounds the memory: 300 pages of some ten
 * kilobytes, reached only by instants that nobody meant. A calendar that always works is the wall clock, at any instant.
 */
import { type DurationMs, durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import { weekdayOf } from './calendar-date.ts'
import {
  type CalendarPage,
  firstInstantWith,
  type HoursOfDate,
  intervalFrom,
  lastAtMost,
  lastInstantWith,
  makePage,
  pageTotalMs,
  workedBefore,
} from './calendar-page.ts'
import type { CalendarDefinition } from './definitions.ts'
import { isWholeDay } from './working-hours.ts'

const DAY_MS = 86_400_000
const PAGE_MS = 366 * DAY_MS

/** Working time lies in [firstInstant, endInstant). */
const firstInstant = Date.UTC(1900, 0, 1)
const endInstant = Date.UTC(2200, 0, 1)
const pageCount = Math.ceil((endInstant - firstInstant) / PAGE_MS)

/** The first and last date that a calendar may name, as days since 1970-01-01. */
export const firstCalendarDay = firstInstant / DAY_MS
export const lastCalendarDay = endInstant / DAY_MS - 1

export class BusinessCalendar {
  readonly #hoursOf: HoursOfDate
  readonly #timezone: string
  readonly #alwaysWorks: boolean
  readonly #pages: (CalendarPage | undefined)[] = new Array<CalendarPage | undefined>(pageCount).fill(undefined)
  /** The page asked for last: most questions lie within one, and mostly within the same. */
  #recent: CalendarPage | undefined
  /** The pages that are there: from #low to #high. */
  #low = 0
  #high = -1
  /** Working time before each page that is there and after the last one, in ms; 0 at the page that was made first. */
  readonly #before = new Float64Array(pageCount + 1)

  /** @throws RangeError when no zone has the name that the definition gives, which its checks have made sure of. */
  constructor({ week, days, timezone }: CalendarDefinition) {
    const special = new Map(days.map(({ day, hours }) => [day, hours]))
    this.#hoursOf = day => special.get(day) ?? week[weekdayOf(day)]!
    this.#timezone = timezone
    this.#alwaysWorks = [...week, ...special.values()].every(isWholeDay)
  }

  /**
   * The working time in [start, end), in whole ms; negative where `end` is the earlier one.
   *
   * Additive: from a to b and from b to c is from a to c.
   *
   * @param start an instant in whole ms since the epoch, as `end`.
   */
  businessMs(start: number, end: number): DurationMs {
    if (this.#alwaysWorks) return durationMs(end - start)
    const page = this.#recent
    if (page !== undefined && start >= page.start && end <= page.end && start <= end) {
      return durationMs(workedBefore(page, end) - workedBefore(page, start))
    }
    return durationMs(this.#workedBefore(end) - this.#workedBefore(start))
  }

  /**
   * The instant from which on so much business time lies between it and `start`: the first such instant where `ms` is
   * positive (eight hours from the beginning of a day of eight hours lead to its end, not to the next day), the last one
   * where it is negative (back to the beginning of that day, not to the end of the one before), `start` for 0.
   *
   * @returns undefined where the calendar does not have so much working time any more, or had not yet.
   */
  addBusinessMs(start: number, ms: number): Instant | undefined {
    if (ms === 0 || this.#alwaysWorks) return instant(start + ms)
    const worked = this.#workedBefore(start) + ms
    return ms > 0 ? this.#firstWith(worked) : this.#lastWith(worked)
  }

  isWorking(at: number): boolean {
    if (this.#alwaysWorks) return true
    if (at < firstInstant || at >= endInstant) return false
    const page = this.#page(pageOf(at))
    return at >= page.starts[intervalFrom(page, at)]!
  }

  /** The first instant after `at` from which on `isWorking` is another; undefined: it stays as it is. */
  nextChange(at: number): Instant | undefined {
    if (this.#alwaysWorks || at >= endInstant) return undefined
    const isWorking = this.isWorking(at)
    let from = Math.max(at, firstInstant)
    for (let position = pageOf(from); position < pageCount; position++) {
      const page = this.#page(position)
      const interval = intervalFrom(page, from)
      if (from >= page.starts[interval]! !== isWorking) return instant(from)
      const change = isWorking ? page.ends[interval]! : page.starts[interval]!
      // Where an interval ends with its page, the next page may go on with it.
      if (change < page.end) return instant(change)
      from = page.end
    }
    return isWorking ? instant(endInstant) : undefined
  }

  /** The working time before `at` since an instant that is always the same, in ms. */
  #workedBefore(at: number): number {
    const within = Math.min(Math.max(at, firstInstant), endInstant)
    const position = pageOf(within)
    const page = this.#pages[position] ?? this.#page(position)
    this.#recent = page
    return this.#before[position]! + workedBefore(page, within)
  }

  #firstWith(worked: number): Instant | undefined {
    while (this.#before[this.#high + 1]! < worked) {
      if (this.#high === pageCount - 1) return undefined
      this.#page(this.#high + 1)
    }
    const position = lastAtMost(this.#before, worked, false, this.#low, this.#high)
    return instant(firstInstantWith(this.#page(position), worked - this.#before[position]!))
  }

  #lastWith(worked: number): Instant | undefined {
    while (this.#before[this.#low]! > worked) {
      if (this.#low === 0) return undefined
      this.#page(this.#low - 1)
    }
    const position = lastAtMost(this.#before, worked, true, this.#low, this.#high)
    return instant(lastInstantWith(this.#page(position), worked - this.#before[position]!))
  }

  /** The page at `position`; makes it, and all between it and those that are there, where it is not there yet. */
  #page(position: number): CalendarPage {
    const known = this.#pages[position]
    if (known !== undefined) return known
    if (this.#high < this.#low) {
      this.#low = position
      this.#high = position - 1
    }
    while (this.#high < position) {
      const page = this.#makePage(++this.#high)
      this.#before[this.#high + 1] = this.#before[this.#high]! + pageTotalMs(page)
    }
    while (this.#low > position) {
      const page = this.#makePage(--this.#low)
      this.#before[this.#low] = this.#before[this.#low + 1]! - pageTotalMs(page)
    }
    return this.#pages[position]!
  }

  #makePage(position: number): CalendarPage {
    const start = firstInstant + position * PAGE_MS
    const page = makePage(this.#hoursOf, this.#timezone, start, Math.min(start + PAGE_MS, endInstant))
    this.#pages[position] = page
    return page
  }
}

/** The page of an instant in [firstInstant, endInstant]. */
const pageOf = (at: number): number => Math.floor((at - firstInstant) / PAGE_MS)

// Stages and shards that name one calendar share its pages. What is there never alters an answer.
const compiled = new WeakMap<CalendarDefinition, BusinessCalendar>()

/** The calendar of a definition, ready to count; the same one for the same definition object. */
export function compileCalendar(definition: CalendarDefinition): BusinessCalendar {
  const known = compiled.get(definition)
  if (known !== undefined) return known
  const calendar = new BusinessCalendar(definition)
  compiled.set(definition, calendar)
  return calendar
}
