/**
 * How the values of fields compare: the run-time half of `field-condition.ts`.
 *
 * A text that spells a JSON number stands for that number when it meets one: decoding keeps a number as its text where
 * a double would change its digits (`12.50`, 20-digit ids), and a condition must not depend on that.
 */

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** The number that a value is or spells; undefined for everything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  // Most texts are names: the first character says so without running the pattern.
  const first = value.charCodeAt(0)
  const startsLikeNumber = first === 45 || (first >= 48 && first <= 57)
  return startsLikeNumber && jsonNumber.test(value) ? Number(value) : undefined
}

const isScalar = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** @returns undefined where a side is missing, or an object or list: then neither `==` nor `!=` holds. */
export function equal(left: unknown, right: unknown): boolean | undefined {
  if (!isScalar(left) || !isScalar(right)) return undefined
  if (left === right) return true
  if (typeof left === typeof right) return false
  const a = numberOf(left)
  return a !== undefined && a === numberOf(right)
}

/** Negative, 0 or positive as `left` is before, like or after `right`; undefined where they have no order. */
export function order(left: unknown, right: unknown): number | undefined {
  const a = numberOf(left)
  const b = a === undefined ? undefined : numberOf(right)
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  return left < right ? -1 : left > right ? 1 : 0
}

/** Characters of a text, elements of a list, keys of an object; undefined for everything else. */
export function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    let surrogatePairs = 0
    for (let index = 1; index < value.length; index++) {
      const isLow = (value.charCodeAt(index) & 0xfc00) === 0xdc00
      if (isLow && (value.charCodeAt(index - 1) & 0xfc00) === 0xd800) surrogatePairs++
    }
    return value.length - surrogatePairs
  }
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined
}

/** Whether a list has an equal element, or an object has the key. */
export function isIn(value: unknown, collection: unknown): boolean {
  if (Array.isArray(collection)) return collection.some(element => equal(value, element) === true)
  const isObject = typeof collection === 'object' && collection !== null
  return isObject && typeof value === 'string' && Object.hasOwn(collection, value)
}

/** Membership in a list of constants, at the price of one or two look-ups however long the list is. */
export function memberOf(constants: readonly (string | number | boolean)[]): (value: unknown) => boolean {
  const exact = new Set<unknown>(constants)
  const numbers = new Set(constants.filter(constant => typeof constant === 'number'))
  const spelled = new Set(constants.filter(constant => typeof constant === 'string').map(numberOf))
  spelled.delete(undefined)
  return value => {
    if (exact.has(value)) return true
    if (typeof value === 'number') return spelled.has(value)
    const number = numbers.size > 0 && typeof value === 'string' ? numberOf(value) : undefined
    return number !== undefined && numbers.has(number)
  }
}
