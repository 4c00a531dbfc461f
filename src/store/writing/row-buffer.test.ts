import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowBuffer } from './row-buffer.ts'

type Row = { readonly key: string; readonly version: number; readonly size: number; readonly nth: number }

const newBuffer = () =>
  new RowBuffer<Row>(
    row => row.key,
    (row, than) => row.version < than.version,
    row => row.size,
  )

const rows = fc
  .array(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.nat(5), size: fc.integer({ min: 1, max: 9 }) }),
  )
  .map(list => list.map((row, nth): Row => ({ ...row, nth })))

test('one row waits for each key: the newest, of equal versions the last', () => {
  fc.assert(
    fc.property(rows, list => {
      const buffer = newBuffer()
      for (const row of list) buffer.put(row)
      const expected = [...new Set(list.map(row => row.key))].map(key =>
        list.filter(row => row.key === key).reduce((best, row) => (row.version >= best.version ? row : best)),
      )
      expect([...buffer.values()]).toEqual(expected)
      expect(buffer.size).toBe(expected.length)
      expect(buffer.bytes).toBe(expected.reduce((sum, row) => sum + row.size, 0))
    }),
  )
})

test('rows are taken in the order in which their keys came, within the limits, and at least one', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 3 }), fc.nat(12), (list, maxRows, maxBytes) => {
      const buffer = newBuffer()
      for (const row of list) buffer.put(row)
      const waiting = [...buffer.values()]
      const taken: Row[] = []
      while (buffer.size > 0) {
        const { rows: batch, bytes } = buffer.take(maxRows, maxBytes)
        expect(batch.length).toBeGreaterThan(0)
        expect(batch.length).toBeLessThanOrEqual(maxRows)
        expect(bytes).toBe(batch.reduce((sum, row) => sum + row.size, 0))
        if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes)
        taken.push(...batch)
      }
      expect(taken).toEqual(waiting)
      expect(buffer.bytes).toBe(0)
    }),
  )
})

test('rows that were looked at leave, but for those whose place was taken meanwhile', () => {
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 1, max: 4 }), (before, meanwhile, count) => {
      const buffer = newBuffer()
      for (const row of before) buffer.put(row)
      const oldest = buffer.oldest(count, Infinity)
      expect(oldest).toEqual([...buffer.values()].slice(0, count))
      for (const row of meanwhile) buffer.put({ ...row, nth: row.nth + before.length })
      const staying = [...buffer.values()].filter(row => !oldest.includes(row))
      buffer.remove(oldest)
      buffer.remove(oldest)
      expect([...buffer.values()]).toEqual(staying)
      expect(buffer.bytes).toBe(staying.reduce((sum, row) => sum + row.size, 0))
    }),
  )
})
