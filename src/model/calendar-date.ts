const DAY_MS = 86_400_000

/** Weekdays as the files name them, Monday first. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/**
 * Reads a date such as `2026-10-01`.
 *
 * @returns days since 1970-01-01; undefined where there is no such date.
 */
export function parseDate(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (found === null) return undefined
  const ms = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]))
  // A 30th of February becomes a day of March, and year 0026 becomes 1926.
  const day = ms / DAY_MS
  return formatDate(day) === text ? day : undefined
}

/** @param day days since 1970-01-01. */
export const formatDate = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** 0 for Monday to 6 for Sunday: the epoch began on a Thursday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7

/** The positions of the weekdays that `fri` or `fri-mon` names, round the end of the week too; none where it is no such name. */
export function weekdaysNamed(key: string): number[] {
  const [from, to = from] = key.split('-').map(name => (weekdays as readonly string[]).indexOf(name))
  if (from === undefined || to === undefined || from < 0 || to < 0) return []
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, step) => (from + step) % 7)
}
