/** Visits that a segment's life table should rest on before it speaks for itself. */
export const WANTED_ENTRIES = 100

/**
 * Which life table speaks for a case: that of its finest segment that enough visits entered within the window.
 *
 * Segments are the beginnings of the stage's `by`, from the total (no dimension) to all of them: with
 * `by: [customer_state, seller_state]` the total, the customer's state, and the way between the two. A case whose next
 * dimension is unknown is no segment of its own. What entered decides, never what left: a segment that stops would lose its
 * exits, and the others' table would hide the stop.
 *
 * @param values of the case, in the order of `by`; null: unknown.
 * @param enteredOf visits that entered within the window, of the segment of the first so many values; falls with them.
 * @returns how many of the values make the segment; 0: the total.
 */
export function segmentDepth(
  values: readonly (string | null)[],
  enteredOf: (depth: number) => number,
  wanted = WANTED_ENTRIES,
): number {
  let depth = 0
  while (depth < values.length && values[depth] !== null && enteredOf(depth + 1) >= wanted) depth++
  return depth
}
