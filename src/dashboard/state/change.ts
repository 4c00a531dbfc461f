/** How a number differs from what it was before, so that it can be said in words. */
export type Change =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'same' }
  /** There was nothing before. */
  | { readonly kind: 'new' }
  /** @property share of the former value, above 0; a fall to nothing is 1. */
  | { readonly kind: 'more' | 'less'; readonly share: number }

/** What is less than this apart is called the same. */
const SAME = 0.005

export function changeOf(now: number | null | undefined, before: number | null | undefined): Change {
  if (now === null || now === undefined || before === null || before === undefined) return { kind: 'unknown' }
  if (before === 0) return { kind: now === 0 ? 'same' : 'new' }
  const share = now / before - 1
  if (Math.abs(share) < SAME) return { kind: 'same' }
  return share > 0 ? { kind: 'more', share } : { kind: 'less', share: -share }
}
