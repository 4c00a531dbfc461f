import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordIndex } from './record-index.ts'

const key = fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -1, max: 20 }))
/** Around which slice the others lie. */
const around = fc.constantFrom(0, 2 ** 31, 2 ** 40, -(2 ** 35))

test('a record is found by slice and slot, whatever was put in and taken out', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 400 }), around, (steps, center) => {
      const index = new RecordIndex()
      const plain = new Map<string, number>()
      for (const [step, [[offset, slot], isRemoval]] of steps.entries()) {
        const slice = center + offset
        const name = `${slice} ${slot}`
        const known = plain.get(name)
        expect(index.find(slice, slot)).toBe(known ?? -1)
        if (known === undefined) {
          index.add(slice, slot, step)
          plain.set(name, step)
        } else if (isRemoval) {
          index.remove(slice, slot)
          plain.delete(name)
        }
      }
      for (const [[offset, slot]] of steps) {
        const slice = center + offset
        expect(index.find(slice, slot)).toBe(plain.get(`${slice} ${slot}`) ?? -1)
      }
    }),
    { numRuns: 200 },
  )
})
