/** Where the first number stands that is not below `least`. Looked for at the end first: what changes is mostly the newest. */
export function placeIn(rising: readonly number[], least: number): number {
  let low = 0
  let high = rising.length
  if (high === 0 || (rising[high - 1] as number) < least) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return low
}
