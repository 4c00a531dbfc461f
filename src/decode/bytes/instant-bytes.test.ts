import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIsoInstant } from '../../event/iso-instant.ts'
import { InstantBytes } from './instant-bytes.ts'
import { RecordBytes } from './record-bytes.ts'

const record = new RecordBytes()
const instants = new InstantBytes()

function read(text: string): number | undefined {
  record.load(Buffer.from(`{"ts":"${text}"}`))
  return instants.read(record, 7, record.length - 2) ? instants.found[0] : undefined
}

test('the usual forms are read, whatever the date before was', () => {
  const at = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) })
  const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
  const two = (count: number) => String(count).padStart(2, '0')
  fc.assert(
    fc.property(at, fc.option(offset), fc.nat(9), (ms, minutes, digits) => {
      const local = new Date(ms).toISOString().slice(0, -1) + '123456'.slice(0, Math.max(0, digits - 3))
      const cut = digits === 0 ? local.slice(0, 19) : digits < 3 ? local.slice(0, 20 + digits) : local
      const far = Math.abs(minutes ?? 0)
      const zone = minutes === null ? 'Z' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(far / 60))}:${two(far % 60)}`
      const expected = parseIsoInstant(cut + zone, undefined)
      expect(expected).toBeDefined()
      expect(read(cut + zone)).toBe(expected)
    }),
    { numRuns: 1_000 },
  )
})

test('what is read of any other text is what parseIsoInstant says, or nothing', () => {
  const usual = '2026-11-23T07:46:40.055+08:00'
  const changes = fc.array(fc.tuple(fc.nat(usual.length), fc.constantFrom(...'0123456789-:.+TZz, é"', ''), fc.nat(2)), {
    minLength: 1,
    maxLength: 3,
  })
  let read_ = 0
  fc.assert(
    fc.property(changes, edits => {
      let text = usual
      for (const [place, inserted, left] of edits) text = text.slice(0, place) + inserted + text.slice(place + left)
      const found = read(text)
      if (found === undefined) return
      read_++
      expect([text, found]).toEqual([text, parseIsoInstant(text, undefined)])
    }),
    { numRuns: 5_000 },
  )
  expect(read_).toBeGreaterThan(100)
})

test.each([
  '2026-02-29T00:00:00Z',
  '2026-11-23T24:00:00Z',
  '2026-12-31T23:59:60Z',
  '2026-11-23T07:60:00Z',
  '2026-11-23T07:46:40.Z',
  '2026-11-23T07:46:40',
  '2026-11-23T07:46:40Zx',
  '2026-11-23T07:46:40+24:00',
  '2026-11-23T07:46:40+08:60',
  '2026-11-23t07:46:40Z',
  '2026-11-23',
])('%s is left to others, after a date that was read too', text => {
  expect(read('2026-11-23T07:46:40Z')).toBe(Date.UTC(2026, 10, 23, 7, 46, 40))
  expect(read(text)).toBeUndefined()
})
