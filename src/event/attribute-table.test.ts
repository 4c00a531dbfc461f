import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AttributeTable } from './attribute-table.ts'
import type { AttributeValue } from './event.ts'

const value = fc.constantFrom<AttributeValue>(null, 'a', 'b', '1', 1, true, 'true', '', 2.5)
const values = fc.tuple(value, value, value)

test('a tuple is one number for one combination of values, for as long as somebody keeps it', () => {
  const step = fc.record({ kind: fc.constantFrom('keep', 'keep', 'release', 'sweep'), values, which: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      let table = new AttributeTable([true, true, false])
      const kept: { tuple: number; values: AttributeValue[] }[] = []
      for (const { kind, values: own, which } of steps) {
        if (kind === 'keep') {
          const tuple = table.tupleOfValues(own)
          table.retain(tuple)
          kept.push({ tuple, values: own })
        } else if (kind === 'release') {
          const [gone] = kept.splice(which % Math.max(1, kept.length), 1)
          if (gone !== undefined) table.release(gone.tuple)
        } else {
          table.sweep()
          const state = structuredClone(table.snapshot())
          table = new AttributeTable([true, true, false])
          table.restore(state)
          for (const { tuple } of kept) table.retain(tuple)
        }
        for (const one of kept) {
          expect(table.valuesOf(one.tuple)).toEqual(one.values)
          expect(table.tupleOfValues(one.values)).toBe(one.tuple)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('the empty combination is tuple 0, and needs nobody to keep it', () => {
  const table = new AttributeTable([true, true])
  expect(table.tupleOfValues([null, null])).toBe(0)
  expect(table.valuesOf(0)).toEqual([null, null])
  table.release(0)
  expect(table.tupleOfValues([null, null])).toBe(0)
})

test('what nobody keeps makes room once there is much of it, and the generation says so', () => {
  const table = new AttributeTable([true])
  const kept = table.tupleOfValues(['kept'])
  table.retain(kept)
  for (let round = 0; round < 30; round++) {
    for (let index = 0; index < 1_000; index++) table.tupleOfValues([`${round}/${index}`])
    table.sweep()
  }
  expect(table.generation).toBeGreaterThan(3)
  expect(table.size).toBeLessThan(10_000)
  expect(table.tupleOfValues(['kept'])).toBe(kept)
  // Numbers are given away again: the highest stays below what was ever alive at once.
  expect(table.tupleOfValues(['new'])).toBeLessThan(10_000)
})

test('a tuple that is released more often than retained is a bug, and says so', () => {
  const table = new AttributeTable([true])
  const tuple = table.tupleOfValues(['a'])
  expect(() => table.release(tuple)).toThrow('more often than retained')
})

test('later values are carried over earlier ones; what is not carried belongs to its event alone', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 12 }), all => {
      const table = new AttributeTable([true, true, false])
      let carried = 0
      let wanted: AttributeValue[] = [null, null, null]
      for (const own of all) {
        carried = table.carry(carried, table.tupleOfValues(own))
        wanted = wanted.map((known, position) => (position < 2 ? (own[position] ?? known) : null))
        expect(table.valuesOf(carried)).toEqual(wanted)
      }
    }),
  )
})
