/**
 * Working hours that begin on a date, in minutes of its clock: `fromMinute` before 24:00, `toMinute` at most 24 hours
 * later, so that a night shift goes on into the next date and still belongs to the one on which it began.
 */
export type WorkingHours = { readonly fromMinute: number; readonly toMinute: number }

const MINUTES_OF_DAY = 1_440

/** `09:00-18:00`; an end that is not after the beginning is one of the next day: `22:00-06:00`, `16:00-00:00`. */
export const hoursPattern = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/

/** @returns undefined where the text is anything else, or ends at the minute at which it begins. */
export function parseHours(text: string): WorkingHours | undefined {
  const found = hoursPattern.exec(text)
  if (found === null) return undefined
  const [, fromHour, fromMinutes, toHour = '24', toMinutes = '0'] = found
  const fromMinute = Number(fromHour) * 60 + Number(fromMinutes)
  const toMinute = Number(toHour) * 60 + Number(toMinutes)
  if (fromMinute === toMinute) return undefined
  return { fromMinute, toMinute: toMinute > fromMinute ? toMinute : toMinute + MINUTES_OF_DAY }
}

/** The same working time as hours that neither overlap nor touch, in their order: a minute counts once, whoever works it. */
export function joinHours(hours: readonly WorkingHours[]): WorkingHours[] {
  const joined: WorkingHours[] = []
  for (const { fromMinute, toMinute } of hours.toSorted((a, b) => a.fromMinute - b.fromMinute)) {
    const last = joined.at(-1)
    if (last === undefined || fromMinute > last.toMinute) joined.push({ fromMinute, toMinute })
    else joined[joined.length - 1] = { ...last, toMinute: Math.max(last.toMinute, toMinute) }
  }
  return joined
}

/** Whether a date works from its midnight to the next. */
export const isWholeDay = (hours: readonly WorkingHours[]): boolean =>
  hours.length === 1 && hours[0]!.fromMinute === 0 && hours[0]!.toMinute === MINUTES_OF_DAY
