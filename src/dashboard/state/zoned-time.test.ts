import { expect, test } from 'vitest'
import { zonedInstant, zonedText } from './zoned-time.ts'

const utc = (text: string) => Date.parse(`${text}Z`)

test('what the clocks of a zone show is read as the instant that it is', () => {
  expect(zonedInstant('2026-03-01T11:00', 'Asia/Shanghai')).toBe(utc('2026-03-01T03:00'))
  expect(zonedInstant('2026-07-01T11:00', 'Europe/Berlin')).toBe(utc('2026-07-01T09:00'))
  expect(zonedInstant('2026-03-01T11:00', 'Asia/Kolkata')).toBe(utc('2026-03-01T05:30'))
  expect(zonedInstant('tomorrow', 'UTC')).toBeUndefined()
  expect(zonedInstant('', 'UTC')).toBeUndefined()
})

test('writing and reading again gives the same minute, also around the change of clocks', () => {
  for (const [timeZone, day] of [
    ['Europe/Berlin', '2026-03-29'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-04'],
    ['UTC', '2026-01-01'],
  ] as const) {
    for (let at = utc(`${day}T00:00`); at < utc(`${day}T20:00`); at += 1_800_000) {
      const text = zonedText(at, timeZone)
      expect(zonedText(zonedInstant(text, timeZone)!, timeZone), `${timeZone} ${text}`).toBe(text)
    }
  }
})

test('of an hour that comes twice the earlier is meant, and one that never comes is still an instant', () => {
  expect(zonedInstant('2026-10-25T02:30', 'Europe/Berlin')).toBe(utc('2026-10-25T00:30'))
  expect(zonedInstant('2026-03-29T02:30', 'Europe/Berlin')).toBe(utc('2026-03-29T00:30'))
})
