/**
 * Decimal text as a whole number of units of 10^-decimals: `12.345` at 2 decimals is 1235 hundredths.
 *
 * It works on the digits, so nothing is lost to binary fractions. Accepted is what JSON accepts as a number, with
 * leading zeros allowed.
 *
 * @param decimals Digits kept behind the point; negative: -6 makes millions.
 * @param rounding `half-away` from zero as in commerce, or `down` towards negative infinity as for instants.
 * @returns undefined when the text is no decimal number or the result is beyond 2^53.
 */
export function scaledDecimal(text: string, decimals: number, rounding: 'half-away' | 'down'): number | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (found === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = found
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return 0
  // How many of the digits stand before the point, once it has moved; zeros are missing where it is more than there are.
  const kept = digits.length - fraction.length + Number(exponent) + decimals
  if (kept > 16) return undefined
  const magnitude = kept <= 0 ? 0 : Number(digits.slice(0, kept).padEnd(kept, '0'))
  const negative = sign === '-'
  const up =
    rounding === 'down'
      ? negative && (kept < 0 || /[1-9]/.test(digits.slice(Math.max(kept, 0))))
      : kept >= 0 && digits.charCodeAt(kept) >= 53
  const rounded = up ? magnitude + 1 : magnitude
  if (!Number.isSafeInteger(rounded)) return undefined
  return negative && rounded !== 0 ? -rounded : rounded
}
