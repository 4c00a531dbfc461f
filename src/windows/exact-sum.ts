/*
 * Sums of whole numbers, exact however many there are: one of 2^53 is only exact in a double as long as it stays alone.
 *
 * A sum is two numbers that stand side by side in an array: high · 2^32 + low, low of 0 … 2^32 − 1. Each of them is
 * exact up to sums of 2^85, so what was added can be subtracted again, in any order.
 */

/** Numbers that a sum takes. */
export const SUM_WIDTH = 2

const HALF = 2 ** 32

/** @param value whole, −2^53 … 2^53. */
export function addValue(sums: Float64Array, at: number, value: number, sign: 1 | -1): void {
  const signed = sign * value
  const high = Math.floor(signed / HALF)
  addParts(sums, at, high, signed - high * HALF)
}

/** Adds another sum, or takes it away. */
export function addSum(sums: Float64Array, at: number, other: Float64Array, from: number, sign: 1 | -1): void {
  const high = other[from] as number
  const low = other[from + 1] as number
  if (sign === 1) addParts(sums, at, high, low)
  else if (low === 0) addParts(sums, at, -high, 0)
  else addParts(sums, at, -high - 1, HALF - low)
}

/** The double next to the sum: the sum itself up to 2^53. */
export const sumOf = (sums: Float64Array, at: number): number => (sums[at] as number) * HALF + (sums[at + 1] as number)

export const exactSumOf = (sums: Float64Array, at: number): bigint =>
  BigInt(sums[at] as number) * 4_294_967_296n + BigInt(sums[at + 1] as number)

function addParts(sums: Float64Array, at: number, high: number, low: number): void {
  const together = (sums[at + 1] as number) + low
  const carry = together >= HALF ? 1 : 0
  sums[at] = (sums[at] as number) + high + carry
  sums[at + 1] = together - carry * HALF
}
