import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import { RawRecords } from './raw-records.ts'

/** One fetch of a source: the bytes of its records are parts of it. */
const fetched = () => Buffer.from('key-value-header')

const recordOf = (buffer: Buffer): SourceRecord => ({
  offset: 7,
  key: buffer.subarray(0, 3),
  value: buffer.subarray(4, 9),
  headers: [
    ['trace', buffer.subarray(10)],
    ['trace', null],
  ],
  timestamp: instant(5),
  notAfter: instant(10),
})

test('a dead letter has everything that its record had, in bytes of its own', () => {
  const raw = new RawRecords('orders', ['events'], 3)
  const buffer = fetched()
  raw.bury(0, recordOf(buffer), 'not-json', 'it is empty')
  // The source's buffer is used again, or kept from being freed: a dead letter must not mind.
  buffer.fill(0)
  const [letter] = raw.take().deadLetters
  expect(letter).toEqual({
    process: 'orders',
    topic: 'events',
    partition: 3,
    offset: 7,
    reason: 'not-json',
    detail: 'it is empty',
    key: Uint8Array.from(Buffer.from('key')),
    value: Uint8Array.from(Buffer.from('value')),
    headers: [
      ['trace', Uint8Array.from(Buffer.from('header'))],
      ['trace', null],
    ],
    timestamp: 5,
  })
  expect(letter?.value?.buffer.byteLength).toBe(5)
})

test('what a record lacks its dead letter lacks too', () => {
  const raw = new RawRecords('orders', ['events'], 0)
  const bare: SourceRecord = { offset: 1, key: null, value: null, timestamp: undefined, notAfter: instant(0) }
  raw.bury(0, bare, 'late', '')
  const [letter] = raw.take().deadLetters
  expect(letter).toMatchObject({ key: null, value: null })
  expect(Object.keys(letter ?? {})).not.toContain('headers')
  expect(Object.keys(letter ?? {})).not.toContain('timestamp')
})
