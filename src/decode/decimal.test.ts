import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scaledDecimal } from './decimal.ts'

test.each([
  ['12.345', 2, 1235],
  ['12.344999999999999999999', 2, 1234],
  ['-12.345', 2, -1235],
  ['-12.344', 2, -1234],
  ['1.005', 2, 101],
  ['0.005', 2, 1],
  ['0.0049', 2, 0],
  ['-0.001', 2, 0],
  ['12', 2, 1200],
  ['007.5', 0, 8],
  ['1.5e3', 2, 150_000],
  ['15E-1', 0, 2],
  ['0e999999999999', 2, 0],
  ['1e-999999999999', 2, 0],
  ['9007199254740991', 0, 9_007_199_254_740_991],
  ['90071992547409.91', 2, 9_007_199_254_740_991],
])('%s at %i decimals is %i, halves away from zero', (text, decimals, expected) => {
  expect(scaledDecimal(text, decimals, 'half-away')).toBe(expected)
})

test.each([
  ['1700000000123456789', -6, 1_700_000_000_123],
  ['1700000000999999999', -6, 1_700_000_000_999],
  ['-1', -6, -1],
  ['-1000000', -6, -1],
  ['-1000001', -6, -2],
  ['1.7e9', 3, 1_700_000_000_000],
  ['-0.0001', 3, -1],
  ['-1e-30', 3, -1],
])('%s moved by %i places is %i, cut downwards', (text, decimals, expected) => {
  expect(scaledDecimal(text, decimals, 'down')).toBe(expected)
})

test.each([
  '',
  '-',
  '.5',
  '5.',
  '1,5',
  '1_000',
  ' 1',
  '0x10',
  '1e',
  'NaN',
  'Infinity',
  '+1',
  '9007199254740992',
  '1e17',
  '1e999999999999',
])('%s is refused', text => {
  expect(scaledDecimal(text, 0, 'half-away')).toBeUndefined()
})

test('a decimal equals the same one computed with big integers', () => {
  const floor = (value: bigint, by: bigint) => value / by - (value % by < 0n ? 1n : 0n)
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.nat(9), fc.nat(9), (unscaled, places, decimals) => {
      fc.pre(decimals <= places)
      const padded = String(unscaled < 0n ? -unscaled : unscaled).padStart(places + 1, '0')
      const point = padded.length - places
      const text = (unscaled < 0n ? '-' : '') + padded.slice(0, point) + (places > 0 ? `.${padded.slice(point)}` : '')
      const by = 10n ** BigInt(places - decimals)
      const doubled = unscaled < 0n ? -floor(-2n * unscaled + by, 2n * by) : floor(2n * unscaled + by, 2n * by)
      expect(scaledDecimal(text, decimals, 'down')).toBe(Number(floor(unscaled, by)))
      expect(scaledDecimal(text, decimals, 'half-away')).toBe(Number(doubled))
    }),
  )
})
