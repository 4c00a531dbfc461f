import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstShown, lastShown, wallClock } from './wall-clock.ts'
import { instantOfLocal, zoneOffsetMs } from './zone-offset.ts'

const DAY_MS = 86_400_000
const utc = (text: string) => Date.parse(`${text}Z`)
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'Africa/Casablanca']
const year2026 = (zone: string) => wallClock(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1), zone)
const shown = (at: number) => new Date(at).toISOString().slice(0, 16)

test('a year of a clock has its two changes, at their minute', () => {
  const { since, offsetsMs } = year2026('Australia/Lord_Howe')
  expect(since.slice(1).map(shown)).toEqual(['2026-04-04T15:00', '2026-10-03T15:30'])
  expect(offsetsMs).toEqual([39_600_000, 37_800_000, 39_600_000])
})

test('a zone that never changes has none', () => {
  expect(year2026('Asia/Kolkata')).toEqual({ since: [Number.NEGATIVE_INFINITY], offsetsMs: [19_800_000] })
})

test('a change that is taken back a week later is not overlooked', () => {
  const { since } = wallClock(Date.UTC(2000, 9, 1), Date.UTC(2000, 10, 1), 'America/Recife')
  expect(since.slice(1).map(shown)).toEqual(['2000-10-08T03:00', '2000-10-15T02:00'])
})

test('a time that occurs twice is first shown before the change and last shown after it', () => {
  const clock = year2026('Europe/Berlin')
  const local = utc('2026-10-25T02:30')
  expect(shown(firstShown(clock, local))).toBe('2026-10-25T00:30')
  expect(shown(lastShown(clock, local))).toBe('2026-10-25T01:30')
})

test('a time that is skipped moves forward by the gap', () => {
  const clock = year2026('America/New_York')
  const local = utc('2026-03-08T02:20')
  expect(shown(firstShown(clock, local))).toBe('2026-03-08T07:20')
  expect(shown(lastShown(clock, local))).toBe('2026-03-08T07:20')
})

test('the offsets are those of the zone, and a time is first shown when the zone says so', () => {
  const clocks = new Map(zones.map(zone => [zone, wallClock(Date.UTC(1930, 0, 1), Date.UTC(2100, 0, 1), zone)]))
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(1931, 0, 1) / 60_000, max: Date.UTC(2099, 0, 1) / 60_000 }),
      fc.nat(1_000_000),
      fc.integer({ min: -150, max: 150 }),
      (zone, minute, pick, near) => {
        const clock = clocks.get(zone)!
        const change = clock.since[1 + (pick % (clock.since.length - 1))]!
        for (const local of [minute * 60_000, change + zoneOffsetMs(change, zone) + near * 60_000]) {
          expect(firstShown(clock, local)).toBe(instantOfLocal(local, zone))
          const last = lastShown(clock, local)
          const isGap = zoneOffsetMs(last, zone) !== local - last
          const later = [30, 60, 120].map(minutes => last + minutes * 60_000)
          expect(later.filter(at => at + zoneOffsetMs(at, zone) === local)).toEqual([])
          expect(isGap && zoneOffsetMs(last - DAY_MS, zone) !== local - last).toBe(false)
        }
      },
    ),
    { numRuns: 300 },
  )
})
