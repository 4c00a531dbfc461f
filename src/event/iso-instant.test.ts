import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant } from './instant.ts'
import { parseIsoInstant } from './iso-instant.ts'

const read = (text: string, timezone?: string): string | undefined => {
  const at = parseIsoInstant(text, timezone)
  return at === undefined ? undefined : new Date(at).toISOString()
}

/** Every instant that four digits can name the year of. */
const anyInstant = fc.integer({
  min: Date.UTC(1, 0, 1) - 366 * 86_400_000,
  max: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
})

test('an instant written by Date is read back, before 1970 too', () => {
  fc.assert(
    fc.property(anyInstant, at => {
      fc.pre(!new Date(at).toISOString().startsWith('-'))
      expect(parseIsoInstant(new Date(at).toISOString(), undefined)).toBe(instant(at))
    }),
  )
})

test('an instant is the same whatever offset it is written with', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2e12, max: 4e12 }),
      fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
      fc.boolean(),
      (at, minutes, colon) => {
        const local = new Date(at + minutes * 60_000).toISOString().slice(0, -1)
        const distance = Math.abs(minutes)
        const two = (count: number) => String(count).padStart(2, '0')
        const hours = two(Math.floor(distance / 60))
        const offset = `${minutes < 0 ? '-' : '+'}${hours}${colon ? ':' : ''}${two(distance % 60)}`
        expect(parseIsoInstant(local + offset, 'Asia/Kathmandu')).toBe(instant(at))
      },
    ),
  )
})

test('dates and times that do not exist are refused', () => {
  const two = fc.integer({ min: 0, max: 70 }).map(count => String(count).padStart(2, '0'))
  fc.assert(
    fc.property(
      fc.integer({ min: 1583, max: 2400 }),
      two,
      two,
      two,
      two,
      two,
      (year, month, day, hour, minute, second) => {
        // A leap second and the midnight that ends a day are read, within their rules, which other tests state.
        fc.pre(second !== '60' && hour !== '24')
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
        const ms = Date.parse(text)
        // Date takes the 31st of a shorter month to be a day of the next one.
        const exists = !Number.isNaN(ms) && new Date(ms).toISOString().slice(8, 10) === day
        expect(parseIsoInstant(text, undefined)).toBe(exists ? ms : undefined)
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each([
  ['2026-11-23T07:46:40.055Z', '2026-11-23T07:46:40.055Z'],
  ['2026-11-23 07:46:40Z', '2026-11-23T07:46:40.000Z'],
  ['2026-11-23T07:46Z', '2026-11-23T07:46:00.000Z'],
  ['2026-11-23T07:46+02:00', '2026-11-23T05:46:00.000Z'],
  ['2026-11-23T07:46:40+0200', '2026-11-23T05:46:40.000Z'],
  ['2026-11-23 07:46:40.5+02', '2026-11-23T05:46:40.500Z'],
  ['2026-11-23T07:46:40,25-0330', '2026-11-23T11:16:40.250Z'],
  ['2026-11-23t07:46:40.1z', '2026-11-23T07:46:40.100Z'],
  ['2026-11-23T07:46:40.123456789Z', '2026-11-23T07:46:40.123Z'],
  ['2026-11-23T07:46:40.9999999999999999999999Z', '2026-11-23T07:46:40.999Z'],
  ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
  ['2026-11-23T24:00:00.000Z', '2026-11-24T00:00:00.000Z'],
  ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.500Z'],
  ['2017-01-01T05:29:60+05:30', '2017-01-01T00:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(read(text)).toBe(expected)
})

test.each([
  '',
  '2026-11-23',
  '2026-11-23Z',
  '2026-11-23T07Z',
  '2026-11-23T07:46:40',
  '2026-11-23  07:46:40Z',
  '2026-11-23T07:46:40 Z',
  '2026-11-23T07:46:40.Z',
  '2026-11-23T07:46:4Z',
  '2026-11-23T07:46:40Zz',
  '2026-11-23T07:46:40+2',
  '2026-11-23T07:46:40+02:',
  '2026-11-23T07:46:40+02:0',
  '2026-11-23T07:46:40+02:000',
  '2026-11-23T07:46:40+02000',
  '2026-11-23T07:46:40+24:00',
  '2026-11-23T07:46:40+02:60',
  '2026-11-23T07:46:40 UTC',
  '2026-11-23T07:46:40+02:00[Europe/Berlin]',
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-13-10T00:00:00Z',
  '2026-11-00T00:00:00Z',
  '2026-11-31T00:00:00Z',
  '2026-11-23T24:01:00Z',
  '2026-11-23T24:00:00.0001Z',
  '2026-11-23T25:00:00Z',
  '2026-11-23T07:60:00Z',
  '2026-11-23T07:46:60Z',
  '2016-12-31T23:59:61Z',
  '2026-W48-1T07:46:40Z',
  '2026-327T07:46:40.0Z',
  '20261123T074640.000Z',
  '+002026-11-23T07:46:40Z',
  '-001-11-23T07:46:40Z',
  '２０26-11-23T07:46:40Z',
  'x'.repeat(24),
])('%s is refused', text => {
  expect(read(text)).toBeUndefined()
})

test('a date alone is refused even where a zone is known', () => {
  expect(read('2026-11-23', 'Europe/Berlin')).toBeUndefined()
})

test('a text without an offset is read in the given zone, one with an offset is not', () => {
  expect(read('2026-11-23T08:00:00', 'Asia/Shanghai')).toBe('2026-11-23T00:00:00.000Z')
  expect(read('2026-11-23 08:00', 'America/New_York')).toBe('2026-11-23T13:00:00.000Z')
  expect(read('2026-11-23T08:00:00Z', 'Asia/Shanghai')).toBe('2026-11-23T08:00:00.000Z')
})

test('a local time that a clock change skips is shifted forward by the gap', () => {
  expect(read('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
  expect(read('2026-03-08T02:15:00', 'America/New_York')).toBe('2026-03-08T07:15:00.000Z')
  expect(read('2011-12-30T12:00:00', 'Pacific/Apia')).toBe('2011-12-30T22:00:00.000Z')
})

test('a local time that occurs twice is the earlier one', () => {
  expect(read('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
  expect(read('2026-10-25T03:00:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z')
  expect(read('2026-04-05T01:45:00', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45:00.000Z')
})

test('the local time that a zone shows is read back as its instant, unless it occurs twice', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca']
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: -3e12, max: 4e12 }), (zone, at) => {
      const shown = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      }).format(at)
      const whole = Math.floor(at / 1_000) * 1_000
      const back = parseIsoInstant(shown, zone) ?? Number.NaN
      // The earlier of two: never later, and at most the length of a change before.
      expect(whole - back).toBeGreaterThanOrEqual(0)
      expect(whole - back).toBeLessThanOrEqual(2 * 3_600_000)
    }),
  )
})
