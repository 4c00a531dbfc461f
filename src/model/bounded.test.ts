import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ArithmeticSign,
  calculated,
  compared,
  comparisonSigns,
  type Extent,
  extentOf,
  leastOf,
  negated,
} from './bounded.ts'

const arithmeticSigns: readonly ArithmeticSign[] = ['+', '-', '*', '/']

/** Small whole numbers meet often. */
const small = () => fc.integer({ min: -6, max: 6 })

const extent = (): fc.Arbitrary<Extent> =>
  fc.oneof(
    small(),
    small().map(low => ({ low, high: Number.POSITIVE_INFINITY })),
    small().map(high => ({ low: Number.NEGATIVE_INFINITY, high })),
    fc.tuple(small(), fc.integer({ min: 1, max: 6 })).map(([low, more]) => ({ low, high: low + more })),
  )

/** Numbers of an extent, its ends and some far away among them. */
function within(value: Extent): number[] {
  if (typeof value === 'number') return [value]
  const steps = [0.25, ...Array.from({ length: 13 }, (_, step) => step), 1e6]
  if (Number.isFinite(value.low) && Number.isFinite(value.high))
    return Array.from({ length: 4 * (value.high - value.low) + 1 }, (_, step) => value.low + step / 4)
  return steps.map(step => (value.high === Number.POSITIVE_INFINITY ? value.low + step : value.high - step))
}

const holds = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
}

test('a comparison is true only if all that may be makes it true, false only if none does', () => {
  fc.assert(
    fc.property(fc.constantFrom(...comparisonSigns), extent(), extent(), (sign, left, right) => {
      const seen = new Set(within(left).flatMap(a => within(right).map(b => holds[sign](a, b))))
      expect(compared(sign, left, right)).toBe(seen.size === 1 ? [...seen][0] : undefined)
    }),
    { numRuns: 2_000 },
  )
})

test('what is calculated lies within what is told of it', () => {
  const told = { ranges: 0 }
  fc.assert(
    fc.property(fc.constantFrom(...arithmeticSigns), extent(), extent(), (sign, left, right) => {
      const result = calculated(sign, left, right)
      if (result === undefined) return
      if (typeof result === 'object') told.ranges++
      const { low, high } = typeof result === 'number' ? { low: result, high: result } : result
      for (const a of within(left)) {
        for (const b of within(right)) {
          const exact = sign === '+' ? a + b : sign === '-' ? a - b : sign === '*' ? a * b : a / b
          expect([exact >= low, exact <= high]).toEqual([true, true])
        }
      }
    }),
    { numRuns: 2_000 },
  )
  expect(told.ranges).toBeGreaterThan(100)
})

const from = (low: number): Extent => ({ low, high: Number.POSITIVE_INFINITY })
const upTo = (high: number): Extent => ({ low: Number.NEGATIVE_INFINITY, high })

test.each<[string, Extent | undefined, Extent | undefined]>([
  ['3 + (≥ 4)', calculated('+', 3, from(4)), from(7)],
  ['3 − (≥ 4)', calculated('-', 3, from(4)), upTo(-1)],
  ['2 · (≥ 4)', calculated('*', 2, from(4)), from(8)],
  ['0 · (≥ 4)', calculated('*', 0, from(4)), 0],
  ['−2 · (≥ 4)', calculated('*', -2, from(4)), upTo(-8)],
  ['(≥ 4) / 2', calculated('/', from(4), 2), from(2)],
  ['8 / (≥ 4)', calculated('/', 8, from(4)), { low: 0, high: 2 }],
  ['8 / (≥ 0)', calculated('/', 8, from(0)), undefined],
  ['(≥ 4) / 0', calculated('/', from(4), 0), undefined],
  ['(≥ 4) − (≥ 4)', calculated('-', from(4), from(4)), undefined],
  ['8 / 0', calculated('/', 8, 0), undefined],
  ['1e308 · 10', calculated('*', 1e308, 10), undefined],
  ['−(≥ 4)', negated(from(4)), upTo(-4)],
  ['−4', negated(4), -4],
  ['a number', extentOf(4), 4],
  ['a bound', extentOf({ atLeast: 4 }), from(4)],
  ['a number that is none', extentOf(Number.NaN), undefined],
  ['a bound that is none', extentOf({ atLeast: Number.NaN }), undefined],
  ['nothing', extentOf(undefined), undefined],
])('%s', (_text, found, expected) => {
  expect(found).toEqual(expected)
})

test('where there is room for one number a bound shows the least that it can be', () => {
  expect([leastOf(4), leastOf({ atLeast: 5 }), leastOf(undefined)]).toEqual([4, 5, undefined])
})
