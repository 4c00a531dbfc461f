import * as z from 'zod'
import { weekdays } from './calendar-date.ts'
import { choice, listOf, localText, mapping, name, named, noted, zone } from './shapes.ts'
import { hoursPattern } from './working-hours.ts'

const hours = noted(
  z.string().regex(hoursPattern),
  'working hours such as 09:00-18:00, or 22:00-06:00 into the next day',
  '工作时间，例如 09:00-18:00，跨夜写作 22:00-06:00',
)

const weekday = weekdays.join('|')

const weekdayRange = noted(
  z.string().regex(new RegExp(`^(${weekday})(-(${weekday}))?$`)),
  'a weekday such as mon, or several such as mon-fri',
  '星期，例如 mon，或范围，例如 mon-fri',
)

const date = noted(z.string().regex(/^\d{4}-\d{2}-\d{2}$/), 'a date such as 2026-10-01', '日期，例如 2026-10-01')

const holiday = noted(
  z.union([
    date,
    mapping({ date, name: localText.optional() }),
    mapping({ from: date, to: date, name: localText.optional() }),
  ]),
  'a date, {date: …, name: …}, or {from: …, to: …, name: …}',
  '日期、{date: …, name: …} 或 {from: …, to: …, name: …}',
)

const workingDay = mapping({
  date,
  like: choice(weekdays).optional().describe('It has the hours of this weekday.'),
  hours: listOf(hours, { en: 'working hours', zh: '工作时间' }).optional().describe('It has these hours.'),
  name: localText.optional(),
})

export const week = named(
  weekdayRange,
  noted(
    z.array(hours),
    'a list of working hours, [09:00-12:00, 13:00-18:00]',
    '工作时间的列表，[09:00-12:00, 13:00-18:00]',
  ),
  { en: 'weekdays to working hours', zh: '星期到工作时间' },
)

const calendar = mapping({
  title: localText.optional(),
  timezone: zone.describe('Zone of the hours and dates, an IANA name.'),
  week: week.describe('The hours that begin on each weekday; a weekday that is not named has none.'),
  holidays: noted(z.array(holiday), 'a list of holidays', '假日的列表')
    .default([])
    .describe('Dates on which no work begins, whatever their weekday. The last day of a range is one of them.'),
  working_days: noted(z.array(workingDay), 'a list of working days', '工作日的列表')
    .default([])
    .describe('Make-up days and other dates with hours of their own, whatever their weekday.'),
})

/** What calendars.yaml may say: when people work, for the stages that name a calendar. */
export const calendarsFile = named(name, calendar, { en: 'names to calendars', zh: '名称到日历' })

export type WrittenCalendar = z.input<typeof calendar>
export type CalendarFileEntry = z.output<typeof calendar>
