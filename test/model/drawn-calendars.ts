import type { CalendarDay, CalendarDefinition } from '../../src/model/definitions.ts'
import type { WorkingHours } from '../../src/model/working-hours.ts'

/*
 * Calendars for processes at random, few and always the same, so that each is unrolled once in a test's life. Their hours
 * begin and end where the histories lie (drawn-history.ts): at changes of the clocks, at midnights, at the epoch.
 */

const hour = (from: number, to: number): WorkingHours => ({ fromMinute: from * 60, toMinute: to * 60 })

const dayOf = (date: string): number => Date.parse(date) / 86_400_000

/** Days off from one date to another, both included. */
const off = (from: string, to: string): CalendarDay[] =>
  Array.from({ length: dayOf(to) - dayOf(from) + 1 }, (_, index) => ({
    day: dayOf(from) + index,
    name: undefined,
    hours: [],
  }))

const calendar = (
  timezone: string,
  workday: readonly WorkingHours[],
  {
    saturday = [],
    sunday = [],
    days = [],
  }: { saturday?: WorkingHours[]; sunday?: WorkingHours[]; days?: CalendarDay[] },
): CalendarDefinition => ({
  name: timezone,
  title: { en: timezone },
  timezone,
  week: [workday, workday, workday, workday, workday, saturday, sunday],
  days,
  position: { file: 'calendars.yaml', line: 1, column: 1 },
})

const nights = [hour(0, 2), hour(3, 9), hour(22, 26)]
const early = [hour(2, 10), hour(22, 25)]
const late = [hour(0, 1.5), hour(2, 11), hour(20, 23)]
const wholeDay = [hour(0, 24)]

export const calendars: readonly CalendarDefinition[] = [
  // Clocks change at 02:00 and at 03:00, where a shift ends and one begins.
  calendar('Europe/Berlin', nights, { saturday: nights, sunday: nights }),
  calendar('America/New_York', early, { saturday: early, sunday: early }),
  calendar('Australia/Lord_Howe', late, { saturday: late, sunday: late }),
  calendar('Asia/Shanghai', [hour(9, 18), hour(20, 24)], {
    days: [
      ...off('2024-10-01', '2024-10-07'),
      { day: dayOf('2024-10-12'), name: undefined, hours: [hour(9, 18), hour(22, 30)] },
    ],
  }),
  calendar('Asia/Kolkata', [hour(6, 14)], { saturday: [hour(20, 27)], sunday: [hour(4, 8)] }),
  calendar('UTC', [hour(12, 24)], {
    days: [
      { day: 0, name: undefined, hours: [] },
      { day: dayOf('2024-02-29'), name: undefined, hours: [hour(6, 7)] },
      { day: dayOf('2025-01-01'), name: undefined, hours: [hour(0, 6)] },
    ],
  }),
  calendar('UTC', wholeDay, { saturday: wholeDay, sunday: wholeDay }),
]
