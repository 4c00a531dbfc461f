import { type Instant, instant } from './instant.ts'
import { instantOfLocal } from './zone-offset.ts'

const DAY_MS = 86_400_000
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/**
 * Reads a calendar date and a time of day in the extended format of ISO 8601: `2026-11-23T07:46:40.055Z`.
 *
 * Between date and time stands `T` or one space. Seconds may be left out; a fraction of any length is cut to
 * milliseconds, towards the past. The offset is `Z`, `+02:00`, `+0200` or `+02`. `24:00` is the midnight that ends the
 * day, and `:60` is read, as the second after `:59`, only where leap seconds stand: at the end of a UTC day. Dates and
 * times that do not exist, dates alone, week dates and ordinal dates are refused. Years are 0000 to 9999.
 *
 * It reads characters by their codes, without `Date.parse`: that costs 0.4 µs a call, refuses no 30th of February,
 * and takes texts without an offset to be in whatever zone the machine is set to.
 *
 * @param timezone IANA zone of texts without an offset; undefined: such texts are refused. A local time that a clock
 *   change skips is shifted forward by the length of the gap, of one that occurs twice the earlier is meant.
 * @returns undefined when the text is anything else.
 * @throws RangeError when `timezone` is needed and no zone has that name.
 */
export function parseIsoInstant(text: string, timezone: string | undefined): Instant | undefined {
  if (text.length < 16) return undefined
  const year = pair(text, 0) * 100 + pair(text, 2)
  const month = pair(text, 5)
  const day = pair(text, 8)
  const hour = pair(text, 11)
  const minute = pair(text, 14)
  const separator = text.charCodeAt(10)
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(13) !== 58) return undefined
  if (separator !== 84 && separator !== 32 && separator !== 116) return undefined
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59) return undefined

  let position = 16
  let second = 0
  let milli = 0
  let beyondMilli = false
  if (text.charCodeAt(16) === 58) {
    second = pair(text, 17)
    if (second < 0 || second > 60) return undefined
    position = 19
    const point = text.charCodeAt(19)
    if (point === 46 || point === 44) {
      const start = 20
      position = start
      for (let scale = 100; isDigit(text, position); position++, scale = scale === 1 ? 0 : scale / 10) {
        const digit = text.charCodeAt(position) - 48
        milli += digit * scale
        if (scale === 0 && digit !== 0) beyondMilli = true
      }
      if (position === start) return undefined
    }
  }
  if (hour === 24 && (minute > 0 || second > 0 || milli > 0 || beyondMilli)) return undefined

  const localMs = daysFromEpoch(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + milli
  if (position === text.length) {
    if (timezone === undefined || second === 60) return undefined
    return instantOfLocal(localMs, timezone)
  }
  const offset = offsetMinutes(text, position)
  if (offset === undefined) return undefined
  const at = localMs - offset * 60_000
  if (second === 60 && (at - milli) % DAY_MS !== 0) return undefined
  return instant(at)
}

/** The number that two digits write; so far below zero that no sum brings it back, where they are no digits. */
function pair(text: string, position: number): number {
  const tens = text.charCodeAt(position) - 48
  const ones = text.charCodeAt(position + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -100_000
}

function isDigit(text: string, position: number): boolean {
  const code = text.charCodeAt(position)
  return code >= 48 && code <= 57
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const daysOf = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (monthDays[month - 1] ?? 0)

/**
 * Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
 *
 * Years are counted from March, so that the leap day is the last of its year and the months before it have a period:
 * 153 days for every five.
 */
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}

/** The offset that the text has from `position` to its end, in minutes east of UTC; undefined: not an offset. */
function offsetMinutes(text: string, position: number): number | undefined {
  const sign = text.charCodeAt(position)
  const length = text.length - position
  if (sign === 90 || sign === 122) return length === 1 ? 0 : undefined
  if (sign !== 43 && sign !== 45) return undefined
  const hours = pair(text, position + 1)
  const colon = text.charCodeAt(position + 3) === 58 ? 1 : 0
  const minutes = length === 3 ? 0 : pair(text, position + 3 + colon)
  if (length !== 3 && length !== 5 + colon) return undefined
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes)
}
