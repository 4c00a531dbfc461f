import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scaledDecimal } from '../decimal.ts'
import { readAmount } from './amount-bytes.ts'

const into = new Float64Array(2)

function read(text: string, decimals: number): number | undefined {
  const bytes = Buffer.from(`:${text},`)
  return readAmount(bytes, 1, bytes.length - 1, decimals, into, 1) ? into[1] : undefined
}

test('an amount is that of its decimal text, or left to others', () => {
  const digits = fc.stringMatching(/^-?[0-9]{1,16}(\.[0-9]{1,6})?$/)
  const odd = fc.stringMatching(/^[-+.eE0-9 ]{0,6}$/)
  fc.assert(
    fc.property(fc.oneof(digits, odd), fc.integer({ min: -3, max: 6 }), (text, decimals) => {
      const found = read(text, decimals)
      if (found !== undefined) expect([text, found]).toEqual([text, scaledDecimal(text, decimals, 'half-away')])
      if (found !== undefined) expect(found).toBe(scaledDecimal(text, decimals, 'down'))
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['129.00', 2, 12_900],
  ['129.5', 2, 12_950],
  ['0', 2, 0],
  ['-0', 2, 0],
  ['-0.01', 2, -1],
  ['007', 0, 7],
  ['9999999999999.99', 2, 999_999_999_999_999],
])('%s at %d decimals is %d units', (text, decimals, units) => {
  expect(read(text, decimals)).toBe(units)
})

test.each([
  ['0.005', 2],
  ['1e3', 2],
  ['', 2],
  ['-', 2],
  ['1.', 2],
  ['.5', 2],
  ['1.2.3', 4],
  ['10000000000000.00', 2],
  ['1', -3],
])('%j at %d decimals is left to others', (text, decimals) => {
  expect(read(text, decimals)).toBeUndefined()
})
