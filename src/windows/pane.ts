import { bucketOf } from './histogram.ts'

/**
 * What one stage and segment did in the smallest slice of time.
 *
 * Until it has settled it keeps every duration with its count, so that min and max stay exact when a visit is withdrawn.
 */
export type Pane = {
  entered: number
  reworked: number
  exited: number
  abandoned: number
  expired: number
  breached: number
  sumMs: number
  /** Completed durations by bucket; no zero counts. */
  readonly buckets: Map<number, number>
  /** Completed durations by ms; empty once settled. */
  durations: Map<number, number>
  /** Kept once settled; before, read them by `extremes`. */
  settledMinMs: number | undefined
  settledMaxMs: number | undefined
  settled: boolean
}

export const newPane = (): Pane => ({
  entered: 0,
  reworked: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  breached: 0,
  sumMs: 0,
  buckets: new Map(),
  durations: new Map(),
  settledMinMs: undefined,
  settledMaxMs: undefined,
  settled: false,
})

export function addDuration(pane: Pane, ms: number, sign: 1 | -1): void {
  pane.sumMs += sign * ms
  addCount(pane.buckets, bucketOf(ms), sign)
  addCount(pane.durations, ms, sign)
}

/** Shortest and longest completed duration; undefined where none completed. */
export function extremes(pane: Pane): { readonly minMs: number | undefined; readonly maxMs: number | undefined } {
  if (pane.settled) return { minMs: pane.settledMinMs, maxMs: pane.settledMaxMs }
  let minMs: number | undefined
  let maxMs: number | undefined
  for (const ms of pane.durations.keys()) {
    if (minMs === undefined || ms < minMs) minMs = ms
    if (maxMs === undefined || ms > maxMs) maxMs = ms
  }
  return { minMs, maxMs }
}

/** From now on the pane stays as it is. */
export function settle(pane: Pane): void {
  const { minMs, maxMs } = extremes(pane)
  pane.settledMinMs = minMs
  pane.settledMaxMs = maxMs
  pane.settled = true
  pane.durations = new Map()
}

function addCount(counts: Map<number, number>, key: number, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
