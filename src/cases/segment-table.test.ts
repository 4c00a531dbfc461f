import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttributeValue } from '../event/event.ts'
import { OTHER, segmentKey, TOTAL } from '../event/segment.ts'
import { SegmentTable } from './segment-table.ts'

const other = segmentKey([OTHER])

test('segments are admitted in the order they come, past the limit they share one', () => {
  const table = new SegmentTable([0], 2)
  expect(['a', 'b', 'c', 'a', 'd'].map(value => table.admit([value]))).toEqual([
    '["a"]',
    '["b"]',
    other,
    '["a"]',
    other,
  ])
  expect(table.size).toBe(2)
  expect(table.overflowed).toBe(true)
})

test('a slot is free again once its segment is no longer in use, and the table stays marked', () => {
  const table = new SegmentTable([0], 2)
  for (const value of ['a', 'b', 'c']) table.admit([value])
  table.release(key => key !== '["a"]')
  expect(table.size).toBe(1)
  expect(['c', 'a', 'b'].map(value => table.admit([value]))).toEqual(['["c"]', other, '["b"]'])
  expect(table.overflowed).toBe(true)
})

test('a full table that has turned nobody away is complete', () => {
  const table = new SegmentTable([0], 2)
  for (const value of ['a', 'b', 'a']) table.admit([value])
  expect(table.overflowed).toBe(false)
})

test('a visit counted under __other__ stays there, also when a slot is free by now', () => {
  const table = new SegmentTable([0], 1)
  const first = table.admit(['a'])
  const second = table.admit(['b'])
  expect([first, second]).toEqual(['["a"]', other])
  table.release(() => false)
  expect(table.readmit(second, ['b'])).toBe(other)
  expect(table.readmit(first, ['c'])).toBe('["c"]')
})

test('a stage without dimensions has the total as its only segment, and no limit', () => {
  const table = new SegmentTable([], 1)
  expect([table.admit(['a']), table.admit(['b']), table.readmit(TOTAL, ['c'])]).toEqual([TOTAL, TOTAL, TOTAL])
  expect([table.size, table.overflowed]).toEqual([0, false])
})

const value = fc.oneof(
  fc.constantFrom<AttributeValue>(null, 'null', '', '\u0001', '\u0000["a"]', '\u0000[null]', 'a', '1', 1, true, 'true'),
  fc.string({ maxLength: 3 }),
)

test.each([1, 2])('no two segments of %i dimensions are taken for one', dimensions => {
  const by = Array.from({ length: dimensions }, (_, index) => index)
  const tuples = fc.array(fc.tuple(...by.map(() => value)), { maxLength: 12 })
  fc.assert(
    fc.property(tuples, all => {
      const table = new SegmentTable(by, 1_000)
      for (const values of [...all, ...all]) {
        const key = segmentKey(values.map(each => (each === null ? null : String(each))))
        expect(table.admit(values)).toBe(key)
      }
    }),
  )
})

test('a restored table goes on as the one it was', () => {
  const table = new SegmentTable([0, 1], 2)
  for (const lane of ['x', 'y', 'z']) table.admit(['a', lane])
  const restored = new SegmentTable([0, 1], 2)
  restored.restore(JSON.parse(JSON.stringify(table.snapshot())))
  for (const lane of ['z', 'y', 'x', null]) expect(restored.admit(['a', lane])).toBe(table.admit(['a', lane]))
  expect([restored.size, restored.overflowed]).toEqual([2, true])
})
