import type { Extent } from './bounded.ts'

/** true, false, or unknown: what depends on a missing value. Kleene's three-valued logic. */
export type Truth = boolean | undefined

/** False as soon as one side is false, whatever the other would be. */
export function both(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false
  return left === undefined || right === undefined ? undefined : true
}

/** True as soon as one side is true, whatever the other would be. */
export function either(left: Truth, right: Truth): Truth {
  if (left === true || right === true) return true
  return left === undefined || right === undefined ? undefined : false
}

export const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth)

/**
 * The branch that the test picks. An unknown test picks none, unless both branches say the same: then the answer does
 * not depend on it. Works for truths and for quantities, undefined being unknown or missing.
 */
export function choose<T extends boolean | Extent>(test: Truth, then: T | undefined, otherwise: T | undefined) {
  if (test === undefined) return then === otherwise ? then : undefined
  return test ? then : otherwise
}
