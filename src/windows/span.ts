import { type Instant, instant } from '../event/instant.ts'

/** The most panes that a window adds up at its old end before coarser ones stand in. */
export const MAX_PANES = 1_000

/** The pane that holds an instant: its number, negative before the epoch. */
export const paneIndexOf = (at: number, paneMs: number): number => Math.floor(at / paneMs)

export const paneStart = (index: number, paneMs: number): Instant => instant(index * paneMs)

/** How many panes make one coarse pane at the old end of a window of this length: a power of two. */
export function coarseness(windowMs: number, paneMs: number): number {
  let panes = 1
  while (windowMs / (panes * paneMs) > MAX_PANES) panes *= 2
  return panes
}

/** A window's panes, first and last included. */
export type PaneRange = { readonly first: number; readonly last: number }

/**
 * The panes of the window of length W at instant T: [⌊T⌋_P − W, T), its old end aligned to coarser panes where W/P is
 * over 1,000, so that it holds W of complete time plus the pane that fills.
 */
export function windowPanes(at: number, windowMs: number, paneMs: number): PaneRange {
  const coarse = coarseness(windowMs, paneMs)
  const oldest = Math.floor((paneIndexOf(at, paneMs) * paneMs - windowMs) / (coarse * paneMs)) * coarse
  return { first: oldest, last: lastPaneBefore(at, paneMs) }
}

/** The youngest pane that begins before an instant: the one that fills, or on a boundary the one just complete. */
export const lastPaneBefore = (at: number, paneMs: number): number => Math.ceil(at / paneMs) - 1

/** Calls for what a range gains (1) and loses (−1) where it becomes another one; losses first. */
export function forEachMoved(
  from: PaneRange,
  to: PaneRange,
  call: (first: number, last: number, sign: 1 | -1) => void,
): void {
  const told = (first: number, last: number, sign: 1 | -1) => {
    if (first <= last) call(first, last, sign)
  }
  told(from.first, Math.min(from.last, to.first - 1), -1)
  told(Math.max(from.first, to.last + 1), from.last, -1)
  told(to.first, Math.min(to.last, from.first - 1), 1)
  told(Math.max(to.first, from.last + 1), to.last, 1)
}
