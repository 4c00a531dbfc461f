import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BusinessCalendar } from '../../src/model/business-calendar.ts'
import type { CalendarDefinition } from '../../src/model/definitions.ts'
import { joinHours, type WorkingHours } from '../../src/model/working-hours.ts'
import { workingMinutes } from './business-time.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Zones with the minutes around which their clocks do something; whole minutes of offset from 1972 on. */
const places = [
  ['Europe/Berlin', ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '1980-04-05T23:00Z']],
  ['America/New_York', ['2026-03-08T07:00Z', '2026-11-01T06:00Z', '1974-01-06T07:00Z']],
  ['Australia/Lord_Howe', ['2026-04-04T15:00Z', '2026-10-03T15:30Z', '1981-02-28T14:00Z']],
  ['America/Havana', ['2026-03-08T05:00Z', '2026-11-01T05:00Z', '2004-03-28T05:00Z']],
  ['Africa/Casablanca', ['2026-02-15T02:00Z', '2026-03-22T02:00Z', '2018-06-17T02:00Z']],
  ['Pacific/Apia', ['2011-12-30T10:00Z', '2011-09-24T14:00Z', '2012-03-31T14:00Z']],
  ['Asia/Kathmandu', ['1985-12-31T18:30Z', '1972-06-01T00:00Z', '2026-01-01T00:00Z']],
  ['Asia/Shanghai', ['2026-10-01T00:00Z', '1991-09-14T15:00Z', '1988-04-16T18:00Z']],
] as const

const hours: fc.Arbitrary<WorkingHours> = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 60, 90, 120, 135, 150, 180, 1_320), fc.nat(1_439)),
    fc.oneof(fc.constantFrom(15, 30, 60, 480, 1_440), fc.integer({ min: 1, max: 1_440 })),
  )
  .map(([fromMinute, length]) => ({ fromMinute, toMinute: fromMinute + length }))

const hoursOfDate = fc.array(hours, { maxLength: 3 }).map(joinHours)

/** A calendar, and a span of some days around an instant at which something may happen. */
const situation = fc
  .record({
    place: fc.constantFrom(...places),
    change: fc.nat(2),
    shiftMinutes: fc.integer({ min: -3 * 1_440, max: 3 * 1_440 }),
    spanMinutes: fc.integer({ min: 1, max: 4 * 1_440 }),
    week: fc.array(hoursOfDate, { minLength: 7, maxLength: 7 }),
    special: fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), hoursOfDate), { maxLength: 3 }),
  })
  .map(({ place: [timezone, changes], change, shiftMinutes, spanMinutes, week, special }) => {
    const around = Date.parse(changes[change]!)
    const day = Math.floor(around / DAY_MS)
    const days = new Map(special.map(([near, hours]) => [day + near, hours]))
    const definition: CalendarDefinition = {
      name: 'drawn',
      title: { en: 'Drawn' },
      timezone,
      week,
      days: [...days].map(([day, hours]) => ({ day, name: undefined, hours })).sort((a, b) => a.day - b.day),
      position: { file: 'calendars.yaml', line: 1, column: 1 },
    }
    const from = around + shiftMinutes * MINUTE_MS
    return { definition, from, until: from + spanMinutes * MINUTE_MS }
  })

test('working time is what one finds minute by minute', () => {
  fc.assert(
    fc.property(situation, fc.nat(), fc.nat(), ({ definition, from, until }, first, second) => {
      const calendar = new BusinessCalendar(definition)
      const minutes = workingMinutes(definition, from, until)
      const [a, b] = [from + (first % (until - from + 1)), from + (second % (until - from + 1))].sort((x, y) => x - y)
      let worked = 0
      minutes.forEach((isWorking, position) => {
        const start = from + position * MINUTE_MS
        if (isWorking) worked += Math.max(0, Math.min(b!, start + MINUTE_MS) - Math.max(a!, start))
      })
      expect(calendar.businessMs(a!, b!)).toBe(worked)
      for (const position of [first, second].map(number => number % minutes.length)) {
        expect(calendar.isWorking(from + position * MINUTE_MS)).toBe(minutes[position])
        const change = minutes.findIndex((isWorking, later) => later > position && isWorking !== minutes[position])
        const next = calendar.nextChange(from + position * MINUTE_MS)
        if (change !== -1) expect(next).toBe(from + change * MINUTE_MS)
        else expect(next ?? until).toBeGreaterThanOrEqual(until)
      }
    }),
    { numRuns: 250 },
  )
})

const anyInstant = fc.oneof(
  fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1) }),
  fc.integer({ min: Date.UTC(1960, 0, 1), max: Date.UTC(2040, 0, 1) }),
)

test('from a to b and from b to c is from a to c, in whole ms, whatever was asked before', () => {
  fc.assert(
    fc.property(situation, anyInstant, anyInstant, anyInstant, ({ definition }, a, b, c) => {
      const calendar = new BusinessCalendar(definition)
      const whole = calendar.businessMs(a, c)
      expect(calendar.businessMs(a, b) + calendar.businessMs(b, c)).toBe(whole)
      expect(Number.isInteger(whole)).toBe(true)
      expect(Math.abs(whole)).toBeLessThanOrEqual(Math.abs(c - a))
      expect(whole === 0 || whole > 0 === c > a).toBe(true)
      const other = new BusinessCalendar(definition)
      expect([other.businessMs(b, c), other.businessMs(a, c)]).toEqual([calendar.businessMs(b, c), whole])
    }),
    { numRuns: 40 },
  )
})

test('adding business time leads to the first instant that has it, taking it away to the last', () => {
  fc.assert(
    fc.property(
      situation,
      fc.integer({ min: -20 * DAY_MS, max: 20 * DAY_MS }),
      fc.oneof(
        fc.nat(30 * DAY_MS),
        fc.nat(3_000 * DAY_MS),
        fc.constantFrom(...[1, 2, 8, 40].map(hours => hours * 60 * MINUTE_MS)),
      ),
      ({ definition, from }, near, ms) => {
        fc.pre(definition.week.some(hours => hours.length > 0) && ms > 0)
        const calendar = new BusinessCalendar(definition)
        const start = from + near
        const later = calendar.addBusinessMs(start, ms)
        if (later !== undefined) {
          expect(calendar.businessMs(start, later)).toBe(ms)
          expect(calendar.businessMs(start, later - 1)).toBe(ms - 1)
          expect(calendar.isWorking(later - 1)).toBe(true)
        } else expect(calendar.businessMs(start, Date.UTC(2200, 0, 1))).toBeLessThan(ms)
        const earlier = calendar.addBusinessMs(start, -ms)
        if (earlier !== undefined) {
          expect(calendar.businessMs(earlier, start)).toBe(ms)
          expect(calendar.businessMs(earlier + 1, start)).toBe(ms - 1)
          expect(calendar.isWorking(earlier)).toBe(true)
        } else expect(calendar.businessMs(Date.UTC(1900, 0, 1), start)).toBeLessThan(ms)
      },
    ),
    { numRuns: 150 },
  )
})
