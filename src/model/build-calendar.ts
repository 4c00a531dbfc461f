import { parseDate, weekdays, weekdaysNamed } from './calendar-date.ts'
import type { CalendarFileEntry } from './calendars-file.ts'
import type { CalendarDay, CalendarDefinition } from './definitions.ts'
import { writtenText } from './local-text.ts'
import { joinHours, parseHours, type WorkingHours } from './working-hours.ts'
import type { YamlFile } from './yaml-file.ts'

/** Turns a calendar in which every check has passed into its definition. */
export function buildCalendar(file: YamlFile, name: string, written: CalendarFileEntry): CalendarDefinition {
  const week: WorkingHours[][] = weekdays.map(() => [])
  for (const [key, texts] of Object.entries(written.week)) {
    for (const day of weekdaysNamed(key)) week[day] = readHours(texts)
  }
  return {
    name,
    title: writtenText(written.title ?? name),
    timezone: written.timezone,
    week,
    days: specialDays(written, week),
    position: file.keyAt([name]),
  }
}

/** In order of the dates. Of two holidays on one date the first gives the name. */
function specialDays({ holidays, working_days }: CalendarFileEntry, week: readonly WorkingHours[][]): CalendarDay[] {
  const days = new Map<number, CalendarDay>()
  for (const holiday of holidays) {
    const { from, to, name } =
      typeof holiday === 'string'
        ? { from: holiday, to: holiday, name: undefined }
        : 'date' in holiday
          ? { from: holiday.date, to: holiday.date, name: holiday.name }
          : holiday
    for (let day = dateOf(from); day <= dateOf(to); day++) {
      if (!days.has(day)) days.set(day, { day, name: name === undefined ? undefined : writtenText(name), hours: [] })
    }
  }
  for (const { date, like, hours, name } of working_days) {
    const day = dateOf(date)
    const own = like === undefined ? readHours(hours ?? []) : week[weekdays.indexOf(like)]!
    days.set(day, { day, name: name === undefined ? undefined : writtenText(name), hours: own })
  }
  return [...days.values()].sort((a, b) => a.day - b.day)
}

const readHours = (texts: readonly string[]): WorkingHours[] =>
  joinHours(
    texts.map(text => {
      const hours = parseHours(text)
      if (hours === undefined) throw new Error(`"${text}" passed the checks but is no working time`)
      return hours
    }),
  )

function dateOf(text: string): number {
  const day = parseDate(text)
  if (day === undefined) throw new Error(`"${text}" passed the checks but is no date`)
  return day
}
