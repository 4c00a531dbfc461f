import { firstCalendarDay, lastCalendarDay } from './business-calendar.ts'
import { formatDate, parseDate, weekdays, weekdaysNamed } from './calendar-date.ts'
import type { WrittenCalendar } from './calendars-file.ts'
import type { Loose } from './check-shape.ts'
import { checkZone, type FileCheck } from './process-check.ts'
import { parseHours } from './working-hours.ts'
import type { YamlPath } from './yaml-file.ts'

type SaidCalendar = NonNullable<Loose<WrittenCalendar>>

/** What no schema can tell of a calendar: whether its dates exist and its parts go together. */
export function checkCalendar(check: FileCheck, said: SaidCalendar, path: YamlPath): void {
  checkZone(check, said.timezone, [...path, 'timezone'])
  const working = checkWeek(check, said.week, [...path, 'week'])
  const holidays = checkHolidays(check, said.holidays, [...path, 'holidays'])
  checkWorkingDays(check, said.working_days, { path: [...path, 'working_days'], working, holidays })
}

/** @returns the positions of the weekdays with hours; undefined where these cannot be told. */
function checkWeek({ file, report }: FileCheck, week: SaidCalendar['week'], path: YamlPath): Set<number> | undefined {
  if (week === undefined) return undefined
  const named = new Set<number>()
  const working = new Set<number>()
  let isWhole = true
  for (const [key, hours] of Object.entries(week)) {
    const days = weekdaysNamed(key)
    const twice = days.find(day => named.has(day))
    if (twice !== undefined) {
      const name = weekdays[twice]
      report(
        file.keyAt([...path, key]),
        { en: `the week names "${name}" twice`, zh: `"${name}" 在 week 中重复` },
        { remedy: { en: 'give its hours in one place', zh: '请只在一处给出其工作时间' } },
      )
    }
    for (const day of days) named.add(day)
    if (hours === undefined || days.length === 0) isWhole = false
    else if (hours.length > 0) for (const day of days) working.add(day)
    checkHours({ file, report }, hours, [...path, key])
  }
  if (!isWhole) return undefined
  if (working.size === 0) {
    report(
      file.keyAt(path),
      { en: 'the week has no working hours', zh: '一周中没有工作时间' },
      { remedy: { en: 'write e.g. mon-fri: [09:00-18:00]', zh: '例如 mon-fri: [09:00-18:00]' } },
    )
    return undefined
  }
  return working
}

function checkHours(
  { file, report }: FileCheck,
  hours: readonly (string | undefined)[] | undefined,
  path: YamlPath,
): void {
  hours?.forEach((text, index) => {
    if (text === undefined || parseHours(text) !== undefined) return
    report(
      file.valueAt([...path, index]),
      { en: `the working hours ${text} end where they begin`, zh: `工作时间 ${text} 的开始与结束相同` },
      { remedy: { en: 'a whole day is 00:00-24:00', zh: '全天写作 00:00-24:00' } },
    )
  })
}

/** A range that is longer has a slip in one of its years. */
const LONGEST_HOLIDAY_DAYS = 366

/** @returns the days that are holidays, as far as they can be told. */
function checkHolidays(check: FileCheck, said: SaidCalendar['holidays'], path: YamlPath): Set<number> {
  const holidays = new Set<number>()
  said?.forEach((holiday, index) => {
    if (holiday === undefined) return
    const at = [...path, index]
    if (typeof holiday === 'object' && 'from' in holiday) {
      const from = checkDate(check, holiday.from, [...at, 'from'])
      const to = checkDate(check, holiday.to, [...at, 'to'])
      if (from === undefined || to === undefined || !checkRange(check, to - from + 1, [...at, 'to'])) return
      for (let day = from; day <= to; day++) holidays.add(day)
      return
    }
    const day =
      typeof holiday === 'string'
        ? checkDate(check, holiday, at)
        : 'date' in holiday
          ? checkDate(check, holiday.date, [...at, 'date'])
          : undefined
    if (day !== undefined) holidays.add(day)
  })
  return holidays
}

function checkRange({ file, report }: FileCheck, days: number, path: YamlPath): boolean {
  if (days >= 1 && days <= LONGEST_HOLIDAY_DAYS) return true
  report(
    file.valueAt(path),
    days < 1
      ? { en: 'the holiday ends before it begins', zh: '假日的结束早于开始' }
      : { en: 'the holiday is longer than a year', zh: '假日超过一年' },
    { remedy: { en: 'look at its dates', zh: '请检查日期' } },
  )
  return false
}

function checkWorkingDays(
  check: FileCheck,
  said: SaidCalendar['working_days'],
  around: { readonly path: YamlPath; readonly working: Set<number> | undefined; readonly holidays: Set<number> },
): void {
  const { file, report } = check
  const seen = new Set<number>()
  said?.forEach((workingDay, index) => {
    if (workingDay === undefined) return
    const path = [...around.path, index]
    const { date, like, hours } = workingDay
    checkHours(check, hours, [...path, 'hours'])
    if ('like' in workingDay === 'hours' in workingDay) {
      const both = 'like' in workingDay
      report(
        both ? file.keyAt([...path, 'hours']) : file.keyAt(path),
        both
          ? { en: 'the working day has both "like" and "hours"', zh: '工作日同时有 "like" 和 "hours"' }
          : { en: 'the working day has neither "like" nor "hours"', zh: '工作日既没有 "like" 也没有 "hours"' },
        { remedy: { en: 'write like: fri, or hours: [09:00-12:00]', zh: '请写 like: fri 或 hours: [09:00-12:00]' } },
      )
    }
    if (like !== undefined && around.working !== undefined && !around.working.has(weekdays.indexOf(like))) {
      report(
        file.valueAt([...path, 'like']),
        { en: `"${like}" has no working hours`, zh: `"${like}" 没有工作时间` },
        { remedy: { en: 'name a weekday that has, or give hours', zh: '请写有工作时间的星期，或给出 hours' } },
      )
    }
    const day = checkDate(check, date, [...path, 'date'])
    if (day === undefined) return
    if (seen.has(day)) {
      report(
        file.valueAt([...path, 'date']),
        { en: `"${date}" stands here twice`, zh: `"${date}" 重复` },
        { remedy: { en: 'keep one of them', zh: '请只保留一个' } },
      )
    } else if (around.holidays.has(day)) {
      report(
        file.valueAt([...path, 'date']),
        { en: `"${date}" is a holiday and a working day`, zh: `"${date}" 既是假日又是工作日` },
        { remedy: { en: 'take it out of one of the two lists', zh: '请从其中一个列表中删除' } },
      )
    }
    seen.add(day)
  })
}

/** @returns days since 1970-01-01; undefined where it is missing or wrong, which has been told. */
function checkDate({ file, report }: FileCheck, text: string | undefined, path: YamlPath): number | undefined {
  if (text === undefined) return undefined
  const day = parseDate(text)
  if (day === undefined) {
    report(file.valueAt(path), { en: `there is no date ${text}`, zh: `日期 ${text} 不存在` })
    return undefined
  }
  if (day >= firstCalendarDay && day <= lastCalendarDay) return day
  const [first, last] = [formatDate(firstCalendarDay), formatDate(lastCalendarDay)]
  report(file.valueAt(path), {
    en: `the date must be from ${first} to ${last}, not ${text}`,
    zh: `日期应在 ${first} 到 ${last} 之间，而不是 ${text}`,
  })
  return undefined
}
