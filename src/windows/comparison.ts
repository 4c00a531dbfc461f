import { coarseness, type PaneRange, windowPanes } from './span.ts'

/**
 * A window, and a stretch of time before it that it is compared with:
 *
 *     ├──── before ────┤ gap ├──── window ────┤
 *                                             T
 *
 * The gap is as long as a rule waits until it fires: then the earlier stretch ends before what is alerted began.
 */
export type Comparison = {
  readonly windowMs: number
  readonly gapMs: number
  readonly beforeMs: number
}

export type ComparedPanes = { readonly now: PaneRange; readonly before: PaneRange }

/** The panes of both at an instant; the window's are those that every statistic over it counts. */
export function comparedPanes(at: number, { windowMs, gapMs, beforeMs }: Comparison, paneMs: number): ComparedPanes {
  const now = windowPanes(at, windowMs, paneMs)
  const last = now.first - 1 - Math.ceil(gapMs / paneMs)
  return { now, before: { first: last + 1 - Math.ceil(beforeMs / paneMs), last } }
}

/** How many panes before the horizon it may still reach, the coarse old end of its window included. */
export function panesReached({ windowMs, gapMs, beforeMs }: Comparison, paneMs: number): number {
  const panes = [windowMs, gapMs, beforeMs].map(ms => Math.ceil(ms / paneMs))
  return panes.reduce((sum, one) => sum + one, coarseness(windowMs, paneMs))
}

export const isSameComparison = (left: Comparison, right: Comparison): boolean =>
  left.windowMs === right.windowMs && left.gapMs === right.gapMs && left.beforeMs === right.beforeMs
