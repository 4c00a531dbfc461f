import type { Chance } from './lateness.ts'

/*
 * `late_risk`: how many open cases have P(late) ≥ level, without a look at any single one.
 *
 * P(late) depends on a case only by its entry and its due instant, so open cases are counted by the panes of both. Among
 * those that entered in one pane it falls with the due instant: a binary search finds from which due pane on nobody is
 * at risk. A tick costs the panes of entry times the logarithm of the due panes, however many cases are open.
 *
 * An entry counts as the middle of its pane, never after T, as ages do everywhere. Of a due pane nobody knows where in it
 * the due instants lie, so the count is a range: `low` if all lie at its end, `high` if all lie at its beginning.
 */

/** Open cases that entered in one pane, by the pane of their due instant. */
export type DueLine = {
  readonly entryPane: number
  /** Rising. */
  readonly duePanes: readonly number[]
  /** Cases of each due pane. */
  readonly counts: readonly number[]
}

export type LateRiskQuestion = {
  /** T in ms since the epoch. */
  readonly at: number
  readonly paneMs: number
  /** In 0..1, above 0. */
  readonly level: number
  /** P(late) of a case open at T; both ends must not rise with `due`. */
  readonly chanceOf: (entry: number, due: number) => Chance
}

/** Number of cases: at least `low`, at most `high`. */
export type CountRange = { readonly low: number; readonly high: number }

/** Cases that are overdue count: they are late for certain. Those that entered after T do not. */
export function countLateRisk(lines: Iterable<DueLine>, { at, paneMs, level, chanceOf }: LateRiskQuestion): CountRange {
  let low = 0
  let high = 0
  for (const { entryPane, duePanes, counts } of lines) {
    const start = entryPane * paneMs
    if (start >= at) continue
    // All of them are overdue: the most that there are of where cases are never closed.
    if (duePanes.length > 0 && ((duePanes.at(-1) as number) + 1) * paneMs <= at) {
      for (const count of counts) {
        low += count
        high += count
      }
      continue
    }
    const entry = Math.min(start + paneMs / 2, at)
    const possibly = howMany(duePanes, duePanes.length, pane => chanceOf(entry, pane * paneMs).high >= level)
    // Who is surely at risk possibly is: most lines have neither, and are done.
    const surely = howMany(duePanes, possibly, pane => chanceOf(entry, (pane + 1) * paneMs - 1).low >= level)
    for (let index = 0; index < possibly; index++) {
      const count = counts[index] as number
      high += count
      if (index < surely) low += count
    }
  }
  return { low, high }
}

/** Of the first so many of rising panes, how many come before the first one for which the claim is false; it is true before, false after. */
function howMany(panes: readonly number[], most: number, claim: (pane: number) => boolean): number {
  let low = 0
  let high = most
  while (low < high) {
    const middle = (low + high) >> 1
    if (claim(panes[middle] as number)) low = middle + 1
    else high = middle
  }
  return low
}
