import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantAt, localText } from './zoned-time.ts'

test('what a field of a date says is read in the zone that the page names', () => {
  const at = Date.parse('2026-11-23T07:04:00Z')
  expect(localText(at, 'Asia/Shanghai')).toBe('2026-11-23T15:04')
  expect(instantAt('2026-11-23T15:04', 'Asia/Shanghai')).toBe(at)
  expect(instantAt('2026-11-23T15:04', 'America/St_Johns')).toBe(Date.parse('2026-11-23T18:34:00Z'))
})

test('a time is read as the one that was written, but for the hours that clocks skip or show twice', () => {
  const minute = fc.integer({ min: Date.UTC(2000, 0) / 60_000, max: Date.UTC(2100, 0) / 60_000 })
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC')
  fc.assert(
    fc.property(minute, zone, (at, timeZone) => {
      const text = localText(at * 60_000, timeZone)
      const read = instantAt(text, timeZone)
      // An hour that is shown twice has two instants: the one taken is shown as the same text.
      expect(read === undefined ? undefined : localText(read, timeZone)).toBe(text)
    }),
    { numRuns: 300 },
  )
})

test('in the hours around a change of clocks the offset of the instant itself counts', () => {
  // Berlin's clocks went from 2 to 3 at 01:00 UTC.
  expect(instantAt('2026-03-29T01:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T00:30:00Z'))
  expect(instantAt('2026-03-29T03:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30:00Z'))
})

test('a field that is not filled in has no instant', () => {
  expect(instantAt('', 'UTC')).toBeUndefined()
  expect(instantAt('tomorrow', 'UTC')).toBeUndefined()
})
