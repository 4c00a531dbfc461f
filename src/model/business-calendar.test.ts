import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseIsoInstant } from '../event/iso-instant.ts'
import { type BusinessCalendar, compileCalendar } from './business-calendar.ts'
import { loadCalendars } from './load-calendars.ts'
import { formatProblem, type Problem } from './problem.ts'

const HOUR_MS = 3_600_000

/** The calendar of a file's text, by its name. */
function calendarIn(text: string, name = 'work'): BusinessCalendar {
  const problems: Problem[] = []
  const { build } = loadCalendars([{ name: 'calendars.yaml', text }], problems)
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([])
  return compileCalendar(build().get(name)!)
}

const inZone = (timezone: string, ...lines: string[]) =>
  calendarIn(`work:\n  timezone: ${timezone}\n${lines.map(line => `  ${line}\n`).join('')}`)

/** `2026-03-28 22:00` of the zone, the earlier one where there are two; or an instant with its offset. */
const at = (text: string, timezone?: string) => parseIsoInstant(text, timezone)!

const hoursBetween = (calendar: BusinessCalendar, from: string, to: string, timezone: string) =>
  calendar.businessMs(at(from, timezone), at(to, timezone)) / HOUR_MS

const nights = (timezone: string) => inZone(timezone, 'week: {mon-sun: [22:00-06:00]}')
const days = (timezone: string) => inZone(timezone, 'week: {mon-sun: [00:00-24:00]}', 'holidays: [2000-01-01]')

test.each([
  ['Europe/Berlin', '2026-03-28', '2026-03-29', 7, 23],
  ['Europe/Berlin', '2026-10-24', '2026-10-25', 9, 25],
  ['America/New_York', '2026-03-07', '2026-03-08', 7, 23],
  ['America/New_York', '2026-10-31', '2026-11-01', 9, 25],
  ['Australia/Lord_Howe', '2026-04-04', '2026-04-05', 8.5, 24.5],
  ['Australia/Lord_Howe', '2026-10-03', '2026-10-04', 7.5, 23.5],
  // Midnight itself is skipped, and comes twice.
  ['America/Havana', '2026-03-07', '2026-03-08', 7, 23],
  ['America/Havana', '2026-10-31', '2026-11-01', 9, 25],
  ['Asia/Shanghai', '2026-03-28', '2026-03-29', 8, 24],
])('in %s the night of %s and the day after it are as long as they really are', (zone, evening, day, night, whole) => {
  expect(hoursBetween(nights(zone), `${evening} 12:00`, `${day} 12:00`, zone)).toBe(night)
  const next = new Date(at(`${day} 12:00`, 'UTC') + 24 * HOUR_MS).toISOString().slice(0, 10)
  expect(hoursBetween(days(zone), `${day} 00:00`, `${next} 00:00`, zone)).toBe(whole)
})

test('hours of the day do not care for a change of the clocks at night', () => {
  const calendar = inZone('Europe/Berlin', 'week: {mon-sun: [09:00-17:00]}')
  for (const day of ['2026-03-29', '2026-10-25', '2026-07-01']) {
    expect(hoursBetween(calendar, `${day} 00:00`, `${day} 23:59`, 'Europe/Berlin')).toBe(8)
  }
})

test('work that begins in the skipped hour begins as much later', () => {
  const calendar = inZone('Europe/Berlin', 'week: {sun: [02:30-10:00]}')
  expect(calendar.nextChange(at('2026-03-28T12:00Z'))).toBe(at('2026-03-29T03:30+02:00'))
  expect(hoursBetween(calendar, '2026-03-29 00:00', '2026-03-30 00:00', 'Europe/Berlin')).toBe(6.5)
})

test('work that begins in the repeated hour begins at the first chance and ends at the last', () => {
  const early = inZone('Europe/Berlin', 'week: {sun: [02:30-10:00]}')
  expect(early.nextChange(at('2026-10-24T12:00Z'))).toBe(at('2026-10-25T02:30+02:00'))
  expect(hoursBetween(early, '2026-10-25 00:00', '2026-10-26 00:00', 'Europe/Berlin')).toBe(8.5)
  const late = inZone('Europe/Berlin', 'week: {sat: [22:00-02:30]}')
  expect(hoursBetween(late, '2026-10-24 12:00', '2026-10-25 12:00', 'Europe/Berlin')).toBe(5.5)
})

test('hours that a skipped hour turns round count nothing', () => {
  const calendar = inZone('Europe/Berlin', 'week: {sun: [02:30-03:15]}')
  expect(hoursBetween(calendar, '2026-03-29 00:00', '2026-03-30 00:00', 'Europe/Berlin')).toBe(0)
  expect(hoursBetween(calendar, '2026-04-05 00:00', '2026-04-06 00:00', 'Europe/Berlin')).toBe(0.75)
})

test('a break inside the skipped hour is still a break', () => {
  const calendar = inZone('Europe/Berlin', 'week: {sat: [22:00-02:15], sun: [02:45-06:00]}')
  expect(hoursBetween(calendar, '2026-03-28 12:00', '2026-03-29 12:00', 'Europe/Berlin')).toBe(6.5)
})

test('a date that a zone left out had no work', () => {
  // Samoa went from Thursday, 29 December 2011, to Saturday.
  const calendar = inZone('Pacific/Apia', 'week: {mon-fri: [09:00-17:00]}')
  const change = at('2011-12-30T10:00Z')
  expect(calendar.businessMs(change - 24 * HOUR_MS, change + 24 * HOUR_MS)).toBe(8 * HOUR_MS)
  expect(calendar.nextChange(change)).toBe(at('2012-01-01T19:00Z'))
})

test('a calendar that always works is the wall clock, at any instant', () => {
  const calendar = inZone('Europe/Berlin', 'week: {mon-fri: [00:00-24:00], sat-sun: [00:00-12:00, 12:00-24:00]}')
  for (const [from, to] of [
    [at('2026-03-29T00:00Z'), at('2026-03-29T03:00Z')],
    [-4e14, 4e14],
  ] as const) {
    expect(calendar.businessMs(from, to)).toBe(to - from)
    expect(calendar.addBusinessMs(from, to - from)).toBe(to)
    expect(calendar.addBusinessMs(to, from - to)).toBe(from)
    expect(calendar.isWorking(from)).toBe(true)
    expect(calendar.nextChange(from)).toBeUndefined()
  }
})

test('shifts that follow each other round the clock are the wall clock too, through both changes', () => {
  const calendar = inZone('America/New_York', 'week: {mon-sun: [06:00-14:00, 14:00-22:00, 22:00-06:00]}')
  const [from, to] = [at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z')]
  expect(calendar.businessMs(from, to)).toBe(to - from)
  expect(calendar.addBusinessMs(from, to - from)).toBe(to)
})

test('a shift of the night belongs to the date on which it begins, holidays and make-up days too', () => {
  const calendar = inZone(
    'Asia/Shanghai',
    'week: {mon-fri: [22:00-06:00]}',
    'holidays: [2026-10-01]',
    'working_days: [{date: 2026-10-04, hours: [20:00-02:00]}]',
  )
  const zone = 'Asia/Shanghai'
  // The night before the holiday goes on into it; the one that would begin on it does not.
  expect(hoursBetween(calendar, '2026-09-30 12:00', '2026-10-02 12:00', zone)).toBe(8)
  expect(hoursBetween(calendar, '2026-10-01 00:00', '2026-10-01 12:00', zone)).toBe(6)
  expect(hoursBetween(calendar, '2026-10-03 12:00', '2026-10-05 12:00', zone)).toBe(6)
})

// The arrangement for 2026 of the General Office of the State Council (notice of 4 November 2025): Mid-Autumn from Friday,
// 25 to Sunday, 27 September; National Day from Thursday, 1 to Wednesday, 7 October; work on Sunday, 20 September, and
// Saturday, 10 October.
const office = inZone(
  'Asia/Shanghai',
  'week: {mon-fri: [09:00-12:00, 13:00-18:00]}',
  'holidays:',
  '  - {from: 2026-09-25, to: 2026-09-27, name: {en: Mid-Autumn Festival, zh: 中秋节}}',
  '  - {from: 2026-10-01, to: 2026-10-07, name: {en: National Day, zh: 国庆节}}',
  'working_days: [{date: 2026-09-20, like: tue}, {date: 2026-10-10, hours: [09:00-12:00]}]',
)

test.each([
  ['over the Golden Week', '2026-09-30 17:00', '2026-10-08 10:00', 2],
  ['on a make-up Sunday with the hours of a Tuesday', '2026-09-20 00:00', '2026-09-21 00:00', 8],
  ['on a make-up Saturday with hours of its own', '2026-10-10 00:00', '2026-10-11 00:00', 3],
  ['within the holiday', '2026-10-01 08:00', '2026-10-07 20:00', 0],
  // 1 on Friday, 8 on Sunday, 4 days, 3 days before and 2 after the Golden Week, 3 on Saturday, 1 on Monday.
  ['from the Friday before to the Monday after it all', '2026-09-18 17:00', '2026-10-12 10:00', 85],
])('%s the time worked is that of the Chinese arrangement', (_what, from, to, hours) => {
  const [start, end] = [at(from, 'Asia/Shanghai'), at(to, 'Asia/Shanghai')]
  expect(office.businessMs(start, end) / HOUR_MS).toBe(hours)
})

test('a deadline is found over the Golden Week, and the start that led to it', () => {
  const zone = 'Asia/Shanghai'
  expect(office.addBusinessMs(at('2026-09-30 17:00', zone), 2 * HOUR_MS)).toBe(at('2026-10-08 10:00', zone))
  expect(office.addBusinessMs(at('2026-10-08 10:00', zone), -2 * HOUR_MS)).toBe(at('2026-09-30 17:00', zone))
})

test('business time that ends with a day leads to the end of that day, and back to its beginning', () => {
  const zone = 'Asia/Shanghai'
  expect(office.addBusinessMs(at('2026-09-30 09:00', zone), 8 * HOUR_MS)).toBe(at('2026-09-30 18:00', zone))
  expect(office.addBusinessMs(at('2026-09-30 18:00', zone), -8 * HOUR_MS)).toBe(at('2026-09-30 09:00', zone))
  expect(office.addBusinessMs(at('2026-10-03 12:00', zone), 0)).toBe(at('2026-10-03 12:00', zone))
})

test('work changes at the edges of its hours, which belong to what follows', () => {
  const zone = 'Asia/Shanghai'
  const changes: string[] = []
  const end = at('2026-10-08 23:00', zone)
  for (
    let change = office.nextChange(at('2026-09-30 12:00', zone));
    change! < end;
    change = office.nextChange(change!)
  ) {
    changes.push(
      new Date(change! + 8 * HOUR_MS).toISOString().slice(5, 16) + (office.isWorking(change!) ? ' on' : ' off'),
    )
  }
  expect(changes).toEqual([
    '09-30T13:00 on',
    '09-30T18:00 off',
    '10-08T09:00 on',
    '10-08T12:00 off',
    '10-08T13:00 on',
    '10-08T18:00 off',
  ])
})

test('the shipped warehouse works on the 248 working days of 2026, two shifts each', () => {
  const text = readFileSync(new URL('../../rules/calendars.yaml', import.meta.url), 'utf8')
  const warehouse = calendarIn(text, 'warehouse')
  const zone = 'Asia/Shanghai'
  expect(hoursBetween(warehouse, '2026-01-01 00:00', '2027-01-01 00:00', zone)).toBe(248 * 16)
  expect(hoursBetween(warehouse, '2026-02-15 00:00', '2026-02-24 00:00', zone)).toBe(0)
  expect(hoursBetween(warehouse, '2026-02-28 00:00', '2026-03-01 00:00', zone)).toBe(16)
})

test('instants before 1970 are like any other', () => {
  const calendar = inZone('Europe/Berlin', 'week: {mon-fri: [09:00-17:00]}')
  // 1969-12-31 was a Wednesday.
  expect(calendar.businessMs(at('1969-12-29T00:00Z'), at('1970-01-01T00:00Z'))).toBe(24 * HOUR_MS)
  expect(calendar.addBusinessMs(at('1969-12-31T12:00Z'), -8 * HOUR_MS)).toBe(at('1969-12-30T12:00Z'))
  expect(calendar.isWorking(at('1945-05-07T12:00Z'))).toBe(true)
})

test('the edge between two pages is an instant like any other', () => {
  const calendar = inZone('UTC', 'week: {mon-sun: [00:00-12:00]}')
  const edge = Date.UTC(1900, 0, 1) + 126 * 366 * 24 * HOUR_MS
  expect(calendar.businessMs(edge - 24 * HOUR_MS, edge + 24 * HOUR_MS)).toBe(24 * HOUR_MS)
  expect(calendar.businessMs(edge - 24 * HOUR_MS, edge)).toBe(12 * HOUR_MS)
  expect(calendar.addBusinessMs(edge - 18 * HOUR_MS, 6 * HOUR_MS)).toBe(edge - 12 * HOUR_MS)
  expect(calendar.addBusinessMs(edge + 6 * HOUR_MS, -6 * HOUR_MS)).toBe(edge)
  expect(calendar.addBusinessMs(edge - 6 * HOUR_MS, 1)).toBe(edge + 1)
  expect(calendar.nextChange(edge - 6 * HOUR_MS)).toBe(edge)
  expect([calendar.isWorking(edge - 1), calendar.isWorking(edge)]).toEqual([false, true])
})

test('outside of 1900 to 2199 nothing is working time, however far away', () => {
  const calendar = inZone('UTC', 'week: {mon-sun: [00:00-12:00]}')
  const days = (Date.UTC(2200, 0, 1) - Date.UTC(1900, 0, 1)) / (24 * HOUR_MS)
  expect(calendar.businessMs(-8e15, 8e15)).toBe(days * 12 * HOUR_MS)
  expect(calendar.addBusinessMs(-8e15, 1)).toBe(Date.UTC(1900, 0, 1) + 1)
  expect(calendar.addBusinessMs(8e15, -1)).toBe(Date.UTC(2199, 11, 31, 12) - 1)
  expect(calendar.addBusinessMs(8e15, 1)).toBeUndefined()
  expect(calendar.addBusinessMs(-8e15, -1)).toBeUndefined()
  expect(calendar.addBusinessMs(-8e15, days * 12 * HOUR_MS + 1)).toBeUndefined()
  expect(calendar.nextChange(-8e15)).toBe(Date.UTC(1900, 0, 1))
  expect(calendar.nextChange(Date.UTC(2199, 11, 31, 11))).toBe(Date.UTC(2199, 11, 31, 12))
  expect(calendar.nextChange(Date.UTC(2199, 11, 31, 12))).toBeUndefined()
  expect(calendar.isWorking(Date.UTC(2200, 0, 1))).toBe(false)
})

test('work that goes on to the end of 2199 changes there', () => {
  const calendar = inZone('UTC', 'week: {mon-sun: [00:00-24:00]}', 'holidays: [2026-01-01]')
  expect(calendar.nextChange(at('2026-01-02T00:00Z'))).toBe(Date.UTC(2200, 0, 1))
  expect(calendar.nextChange(at('2025-01-02T00:00Z'))).toBe(at('2026-01-01T00:00Z'))
})

test('three centuries of a calendar take a bounded memory', () => {
  const calendar = inZone('Europe/Berlin', 'week: {mon-sat: [06:00-14:00, 14:30-22:30]}')
  const before = process.memoryUsage().arrayBuffers
  calendar.businessMs(-8e15, 8e15)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
})

test('stages that name one calendar share what it has counted', () => {
  const problems: Problem[] = []
  const text = 'work: {timezone: UTC, week: {mon: [09:00-10:00]}}'
  const definition = loadCalendars([{ name: 'calendars.yaml', text }], problems)
    .build()
    .get('work')!
  expect(compileCalendar(definition)).toBe(compileCalendar(definition))
})
