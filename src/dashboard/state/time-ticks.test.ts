import { expect, test } from 'vitest'
import { timeTicks } from './time-ticks.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const ticks = (from: string, to: string, most: number, timeZone: string) =>
  timeTicks(at(from), at(to), most, timeZone).map(tick => new Date(tick).toISOString().slice(0, 16))

test('days begin at midnight of the zone', () => {
  expect(ticks('2026-03-01T03:00', '2026-03-04T03:00', 4, 'Asia/Shanghai')).toEqual([
    '2026-03-01T16:00',
    '2026-03-02T16:00',
    '2026-03-03T16:00',
  ])
})

test('short stretches are cut at whole minutes, and a zone of half hours at its own hours', () => {
  expect(ticks('2026-03-01T03:01', '2026-03-01T03:11', 3, 'UTC')).toEqual(['2026-03-01T03:05', '2026-03-01T03:10'])
  expect(ticks('2026-03-01T03:10', '2026-03-01T06:10', 3, 'Asia/Kolkata')).toEqual([
    '2026-03-01T03:30',
    '2026-03-01T04:30',
    '2026-03-01T05:30',
  ])
})

test('there are never more than asked for, whether a moment is shown or a century', () => {
  for (const length of [0, 1, 999, 86_400_000, 3.2e12]) {
    for (const most of [1, 4, 7]) {
      expect(timeTicks(1_000, 1_000 + length, most, 'Europe/Berlin').length).toBeLessThanOrEqual(most)
    }
  }
})
