/** A visit as far as it matters here, in ms; `end` of an open one is now. */
export type Passage = { readonly stage: string; readonly start: number; readonly end: number }

/** Time in which a case was in no stage. */
export type Wait = {
  readonly from: number
  readonly to: number
  /** The stage that it had left last. */
  readonly after: string
  /** The one that it entered then. */
  readonly before: string
}

/**
 * The times between the first entry and the last in which a case was in none of its stages, in their order.
 *
 * @param passages in any order, without stages that run over several others: within these a case is always.
 */
export function waitsBetween(passages: readonly Passage[]): Wait[] {
  const waits: Wait[] = []
  let left: { readonly at: number; readonly stage: string } | undefined
  for (const { stage, start, end } of [...passages].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (left !== undefined && start > left.at)
      waits.push({ from: left.at, to: start, after: left.stage, before: stage })
    if (left === undefined || end > left.at) left = { at: end, stage }
  }
  return waits
}
