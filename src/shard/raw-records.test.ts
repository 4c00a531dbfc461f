import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { RawRecords } from './raw-records.ts'

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
  expect(deadLetters).toEqual([{ ...position, reason: 'not-json', detail: 'is no JSON', ...bytes }])
  expect(records).toEqual([
    { ...position, timestamp: instant(1), ...bytes },
    { ...position, timestamp: instant(1), key: null, value: null },
  ])
  expect(deadLetters[0]!.value!.buffer.byteLength).toBe(3)
  expect(raw.take()).toEqual({ deadLetters: [], records: [] })
})
