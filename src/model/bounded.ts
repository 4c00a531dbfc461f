import type { Truth } from './truth.ts'

/*
 * Values of which only a bound or a range is known. A live percentile that is not reached yet is "≥ b", of the cases that
 * will probably be late some are sure and some may be; what a condition makes of it lies in a range, and a comparison is true only if every value of the range makes it true, false only if none does.
 * A range that is met twice (`live_p90 - live_p90`) counts as two values: then the answer may be unknown without need,
 * never wrong.
 */

/** A value that is this much or more. */
export type AtLeast = { readonly atLeast: number }

/** A value between two, both included; `low < high`. */
export type Between = { readonly low: number; readonly high: number }

/** A number, or what is known of it. */
export type StatisticValue = number | AtLeast | Between

/** A number, or the range in which it lies; one of the ends may be infinite. */
export type Extent = number | { readonly low: number; readonly high: number }

export type ComparisonSign = '<' | '<=' | '>' | '>=' | '==' | '!='

export type ArithmeticSign = '+' | '-' | '*' | '/'

/** undefined: missing; so are numbers that are not finite. */
export function extentOf(value: StatisticValue | undefined): Extent | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number') return known(value, value)
  return 'low' in value ? known(value.low, value.high) : known(value.atLeast, Number.POSITIVE_INFINITY)
}

/** The number, or the least that it can be: what is shown where there is room for one number. */
export const leastOf = (value: StatisticValue | undefined): number | undefined =>
  typeof value !== 'object' ? value : 'low' in value ? value.low : value.atLeast

/** The most that it can be, where it is a range; undefined: it is a number, or nothing is known. */
export const mostOf = (value: StatisticValue | undefined): number | undefined =>
  typeof value === 'object' && 'low' in value ? value.high : undefined

/** The range as a value: a number where its ends meet. */
export const between = (low: number, high: number): number | Between => (low === high ? low : { low, high })

export function negated(value: Extent): Extent | undefined {
  return typeof value === 'number' ? known(-value, -value) : known(-value.high, -value.low)
}

/** @returns undefined where something may be divided by zero, or nothing finite is known of the result. */
export function calculated(sign: ArithmeticSign, left: Extent, right: Extent): Extent | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = operations[sign](left, right)
    return known(result, result)
  }
  const [a, b] = [rangeOf(left), rangeOf(right)]
  switch (sign) {
    case '+':
      return known(a.low + b.low, a.high + b.high)
    case '-':
      return known(a.low - b.high, a.high - b.low)
    case '*':
      return betweenEnds(a, b, times)
    case '/':
      return b.low <= 0 && b.high >= 0 ? undefined : betweenEnds(a, b, divided)
  }
}

export function compared(sign: ComparisonSign, left: Extent, right: Extent): Truth {
  if (typeof left === 'number' && typeof right === 'number') return comparisons[sign](left, right)
  const [a, b] = [rangeOf(left), rangeOf(right)]
  switch (sign) {
    case '<':
      return a.high < b.low ? true : a.low >= b.high ? false : undefined
    case '<=':
      return a.high <= b.low ? true : a.low > b.high ? false : undefined
    case '>':
      return compared('<', right, left)
    case '>=':
      return compared('<=', right, left)
    case '==':
      return a.high < b.low || b.high < a.low ? false : undefined
    case '!=':
      return a.high < b.low || b.high < a.low ? true : undefined
  }
}

type Range = Exclude<Extent, number>

const rangeOf = (value: Extent): Range => (typeof value === 'number' ? { low: value, high: value } : value)

const operations: Readonly<Record<ArithmeticSign, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // By zero it gives an infinity or NaN, which `known` turns into missing.
  '/': (left, right) => left / right,
}

const comparisons: Readonly<Record<ComparisonSign, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
}

export const comparisonSigns = Object.keys(comparisons) as readonly ComparisonSign[]

/** Products, and quotients by what is not zero, lie between those of the ends of both ranges. */
function betweenEnds(a: Range, b: Range, operation: (left: number, right: number) => number): Extent | undefined {
  const ends = [a.low, a.high].flatMap(left => [b.low, b.high].map(right => operation(left, right)))
  return known(Math.min(...ends), Math.max(...ends))
}

/** Zero times any finite number, however large, is zero. */
const times = (left: number, right: number): number => (left === 0 || right === 0 ? 0 : left * right)

/** Any finite number by ever larger ones comes close to zero. */
const divided = (left: number, right: number): number => (Number.isFinite(right) ? left / right : 0)

/** The range, a number where its ends meet; undefined where neither end is a finite number. */
function known(low: number, high: number): Extent | undefined {
  if (low === high) return Number.isFinite(low) ? low : undefined
  return Number.isFinite(low) || Number.isFinite(high) ? { low, high } : undefined
}
