import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addSum, addValue, exactSumOf, SUM_WIDTH, sumOf } from './exact-sum.ts'

const most = Number.MAX_SAFE_INTEGER + 1
const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.maxSafeInteger(),
  fc.constantFrom(most, -most, 2 ** 32, -(2 ** 32)),
)
const change = fc.record({ value, sign: fc.constantFrom(1 as const, -1 as const) })

test('a sum is that of whole numbers without end, whatever is added and taken away', () => {
  fc.assert(
    fc.property(
      fc.array(change),
      fc.array(change),
      fc.constantFrom(1 as const, -1 as const),
      (ofFirst, ofSecond, sign) => {
        const sums = new Float64Array(2 * SUM_WIDTH)
        for (const { value: one, sign: how } of ofFirst) addValue(sums, 0, one, how)
        for (const { value: one, sign: how } of ofSecond) addValue(sums, SUM_WIDTH, one, how)
        const exact = (changes: typeof ofFirst) =>
          changes.reduce((sum, { value: one, sign: how }) => sum + BigInt(how) * BigInt(one), 0n)
        expect(exactSumOf(sums, 0)).toBe(exact(ofFirst))
        addSum(sums, 0, sums.slice(), SUM_WIDTH, sign)
        const both = exact(ofFirst) + BigInt(sign) * exact(ofSecond)
        expect(exactSumOf(sums, 0)).toBe(both)
        expect(sumOf(sums, 0)).toBe(Number(both))
      },
    ),
  )
})
