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
  /** Shortest and longest completed duration; undefined where none completed. */
  minMs: number | undefined
  maxMs: number | undefined
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
  minMs: undefined,
  maxMs: undefined,
  settled: false,
})

export function addDuration(pane: Pane, ms: number, sign: 1 | -1): void {
  pane.sumMs += sign * ms
  addCount(pane.buckets, bucketOf(ms), sign)
  addCount(pane.durations, ms, sign)
  if (sign === 1) {
    if (pane.minMs === undefined || ms < pane.minMs) pane.minMs = ms
    if (pane.maxMs === undefined || ms > pane.maxMs) pane.maxMs = ms
  } else if (ms === pane.minMs || ms === pane.maxMs) findExtremes(pane)
}

/** From now on the pane stays as it is. */
export function settle(pane: Pane): void {
  pane.settled = true
  pane.durations = noDurations
}

const noDurations = new Map<number, number>()

function findExtremes(pane: Pane): void {
  pane.minMs = undefined
  pane.maxMs = undefined
  for (const ms of pane.durations.keys()) {
    if (pane.minMs === undefined || ms < pane.minMs) pane.minMs = ms
    if (pane.maxMs === undefined || ms > pane.maxMs) pane.maxMs = ms
  }
}

function addCount(counts: Map<number, number>, key: number, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
