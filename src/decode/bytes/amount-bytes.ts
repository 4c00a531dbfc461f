import { MINUS, POINT, ZERO } from './json-bytes.ts'

/** So many digits are a whole number below 2^53, whichever they are. */
const MAX_DIGITS = 15

/** 10^n, as far as `MAX_DIGITS` reaches. */
const powers = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, power) => 10 ** power)

/**
 * What `scaledDecimal` makes of `129.00`, from its bytes, where nothing has to be rounded.
 *
 * Other forms (an exponent, more decimals than are kept, more than 15 digits at the scale) are left to `scaledDecimal`.
 *
 * @param decimals kept behind the point, 0 or more.
 * @param into takes the amount at `index`: as a returned number it could cost an object.
 * @returns whether it was of that form.
 */
export function readAmount(
  bytes: Uint8Array,
  from: number,
  to: number,
  decimals: number,
  into: Float64Array,
  index: number,
): boolean {
  const isNegative = bytes[from] === MINUS
  const first = isNegative ? from + 1 : from
  let units = 0
  let point = to
  for (let place = first; place < to; place++) {
    const byte = bytes[place] as number
    const digit = (byte - ZERO) >>> 0
    if (digit <= 9) units = units * 10 + digit
    else if (byte === POINT && point === to) point = place
    else return false
  }
  const whole = point - first
  const fraction = point === to ? 0 : to - point - 1
  if (whole === 0 || (point !== to && fraction === 0)) return false
  if (fraction > decimals || whole + decimals > MAX_DIGITS) return false
  const scaled = units * (powers[decimals - fraction] as number)
  into[index] = isNegative && scaled !== 0 ? -scaled : scaled
  return true
}
