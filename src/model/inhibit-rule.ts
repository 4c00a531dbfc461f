import type { LabelMatcher } from './label-matcher.ts'

/** While an alert fires that the source's matchers match, nobody is told of those that the target's match and that have the same labels. */
export type InhibitRule = {
  readonly sourceMatchers: readonly LabelMatcher[]
  readonly targetMatchers: readonly LabelMatcher[]
  /** Labels that have the same value in both, or are in neither. */
  readonly equal: readonly string[]
}
