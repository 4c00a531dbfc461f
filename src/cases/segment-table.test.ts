import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeValue } from '../event/event.ts'
import { OTHER, segmentKey } from '../event/segment.ts'
import { NO_SLOT, OTHER_SLOT, SegmentTable } from './segment-table.ts'

const other = segmentKey([OTHER])

/** A table over as many dimensions as `by` names, asked by values. */
class Segments {
  readonly attributes: AttributeTable
  readonly table: SegmentTable

  constructor(dimensions: number, by: readonly number[], maxSegments: number) {
    this.attributes = new AttributeTable(Array.from({ length: dimensions }, () => true))
    this.table = new SegmentTable(by, maxSegments, this.attributes)
  }

  slot(...values: AttributeValue[]): number {
    return this.table.admit(this.attributes.tupleOfValues(values))
  }

  key(...values: AttributeValue[]): string {
    return this.table.keyOf(this.slot(...values))
  }
}

test('segments are admitted in the order they come, past the limit they share one', () => {
  const segments = new Segments(1, [0], 2)
  expect(['a', 'b', 'c', 'a', 'd'].map(value => segments.key(value))).toEqual(['["a"]', '["b"]', other, '["a"]', other])
  expect(segments.table.size).toBe(2)
  expect(segments.table.overflowed).toBe(true)
})

test('a slot is free again once it is released, and the table stays marked', () => {
  const segments = new Segments(1, [0], 2)
  const [a] = ['a', 'b', 'c'].map(value => segments.slot(value))
  segments.table.release(a!)
  expect(segments.table.size).toBe(1)
  expect(['c', 'a', 'b'].map(value => segments.key(value))).toEqual(['["c"]', other, '["b"]'])
  expect(segments.table.overflowed).toBe(true)
})

test('a full table that has turned nobody away is complete', () => {
  const segments = new Segments(1, [0], 2)
  for (const value of ['a', 'b', 'a']) segments.slot(value)
  expect(segments.table.overflowed).toBe(false)
})

test('a value spelled like the name of the rest is counted with it', () => {
  const segments = new Segments(1, [0], 2)
  expect(segments.slot(OTHER)).toBe(OTHER_SLOT)
  expect([segments.table.size, segments.table.overflowed]).toEqual([0, false])
})

test('a stage without dimensions has no slots, and no limit', () => {
  const segments = new Segments(1, [], 1)
  expect([segments.slot('a'), segments.slot('b')]).toEqual([NO_SLOT, NO_SLOT])
  expect([segments.table.size, segments.table.overflowed]).toEqual([0, false])
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
      const segments = new Segments(dimensions, by, 1_000)
      for (const values of [...all, ...all]) {
        const key = segmentKey(values.map(each => (each === null ? null : String(each))))
        expect(segments.key(...values)).toBe(key)
      }
    }),
  )
})

test('a restored table goes on as the one it was', () => {
  const segments = new Segments(2, [0, 1], 2)
  const lanes = ['x', 'y', 'z']
  for (const lane of lanes) segments.slot('a', lane)
  segments.table.release(segments.slot('a', 'x'))
  const restored = new Segments(2, [0, 1], 2)
  restored.table.restore(structuredClone(segments.table.snapshot()))
  for (const lane of ['z', 'y', 'x', null]) expect(restored.slot('a', lane)).toBe(segments.slot('a', lane))
  expect([restored.table.size, restored.table.overflowed]).toEqual([2, true])
})

test('what is asked for without being admitted takes no slot', () => {
  const segments = new Segments(1, [0], 2)
  const slotOf = (value: AttributeValue) => segments.table.slotOf(segments.attributes.tupleOfValues([value]))
  const a = segments.slot('a')
  expect([slotOf('a'), slotOf('b'), segments.table.size, segments.table.overflowed]).toEqual([a, OTHER_SLOT, 1, false])
  expect(new Segments(1, [], 2).table.slotOf(0)).toBe(NO_SLOT)
})
