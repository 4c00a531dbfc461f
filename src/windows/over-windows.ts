import type { StatisticLookup } from '../model/statistics.ts'

/**
 * A look-up that answers over the question's own window, and over any other that is kept, each begun when it is asked for.
 *
 * @param lookupOf the look-up of a question over its one window.
 */
export function overWindows<Question extends { readonly windowMs: number }>(
  question: Question,
  lookupOf: (question: Question) => StatisticLookup,
): StatisticLookup {
  const own = lookupOf(question)
  const others = new Map<number, StatisticLookup>()
  return (name, windowMs) => {
    if (windowMs === undefined) return own(name)
    const known = others.get(windowMs) ?? lookupOf({ ...question, windowMs })
    others.set(windowMs, known)
    return known(name)
  }
}
