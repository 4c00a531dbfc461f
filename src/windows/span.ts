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
