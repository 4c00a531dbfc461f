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

test('records that wait hold their own bytes, not all that was fetched with them', () => {
  const fetched = new Uint8Array(1_000_000).fill(7)
  const record = {
    offset: 5,
    key: fetched.subarray(10, 12),
    value: Buffer.from(fetched.buffer, 20, 3),
    timestamp: instant(1),
    notAfter: instant(2),
  }
  const raw = new RawRecords('orders', ['events'], 0)
  raw.bury(0, record, 'not-json', 'is no JSON')
  raw.keep(0, record)
  raw.keep(0, { ...record, key: null, value: null })
  fetched.fill(8)
  const { deadLetters, records } = raw.take()
  const bytes = { key: new Uint8Array([7, 7]), value: new Uint8Array([7, 7, 7]) }
  const position = { process: 'orders', topic: 'events', partition: 0, offset: 5 }
  expect(deadLetters).toEqual([
    { ...position, reason: 'not-json', detail: 'is no JSON', timestamp: instant(1), ...bytes },
  ])
  expect(records).toEqual([
    { ...position, timestamp: instant(1), ...bytes },
    { ...position, timestamp: instant(1), key: null, value: null },
  ])
  expect(deadLetters[0]!.value!.buffer.byteLength).toBe(3)
  expect(raw.take()).toEqual({ deadLetters: [], records: [] })
})
