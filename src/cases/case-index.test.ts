import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CaseIndex } from './case-index.ts'

/** Few hashes, so that they meet: of one table and of several, at its border and across it. */
const hash = fc.oneof(fc.constantFrom(0, 7, 15, 8, -1, 0x7f_00_00_07, 1 << 24), fc.integer({ min: -40, max: 40 }))

const step = fc.record({ kind: fc.constantFrom('add', 'add', 'add', 'remove', 'move', 'find'), hash, which: fc.nat() })

test('cases are found by hash and key as in a plain map, whatever came and went', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const index = new CaseIndex()
      const cases = new Map<number, number>()
      const references = new Map<number, number>()
      let next = 0
      for (const { kind, hash: one, which } of steps) {
        if (kind === 'add') {
          index.add(one, next, 4_000_000_000 + next)
          references.set(next, 4_000_000_000 + next)
          cases.set(next++, one)
        } else if (kind === 'remove' && cases.size > 0) {
          const [handle, own] = [...cases][which % cases.size] as [number, number]
          index.remove(own, handle)
          cases.delete(handle)
        }
        if (kind === 'move' && cases.size > 0) {
          const [handle, own] = [...cases][which % cases.size] as [number, number]
          index.move(own, handle, which)
          references.set(handle, which)
        }
        expect(index.size).toBe(cases.size)
        const seen: number[] = []
        expect(
          index.find(one, {
            isWanted: (handle, reference) => {
              seen.push(handle)
              expect(reference).toBe(references.get(handle))
              return false
            },
          }),
        ).toBe(-1)
        const same = [...cases].filter(([, own]) => own === one).map(([handle]) => handle)
        expect(seen.toSorted()).toEqual(same.toSorted())
        for (const handle of same) expect(index.find(one, { isWanted: other => other === handle })).toBe(handle)
      }
    }),
    { numRuns: 300 },
  )
})

test('what is not there cannot be removed', () => {
  const index = new CaseIndex()
  index.add(5, 1, 0)
  expect(() => index.remove(5, 2)).toThrow('not in the index')
})
