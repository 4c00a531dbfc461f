import type { BusinessDurations, PaneRow } from '../../shard/output.ts'

/**
 * Panes of the same stage, segment and start, one from each partition, become one; those that hold nothing are left
 * out.
 *
 * @param panes in the order of `comparePanes`, so that what belongs together stands together.
 */
export function* mergePanes(panes: Iterable<PaneRow>): Iterable<PaneRow> {
  let merged: PaneRow | undefined
  for (const pane of panes) {
    if (merged !== undefined && isSamePane(merged, pane)) {
      merged = addPanes(merged, pane)
    } else {
      if (merged !== undefined && holdsSomething(merged)) yield merged
      merged = pane
    }
  }
  if (merged !== undefined && holdsSomething(merged)) yield merged
}

const isSamePane = (a: PaneRow, b: PaneRow) =>
  a.start === b.start && a.total === b.total && JSON.stringify(a.segment) === JSON.stringify(b.segment)

const holdsSomething = (pane: PaneRow) => pane.entered + pane.exited + pane.abandoned + pane.expired > 0

function addPanes(a: PaneRow, b: PaneRow): PaneRow {
  return {
    ...a,
    ...addDurations(a, b),
    entered: a.entered + b.entered,
    exited: a.exited + b.exited,
    abandoned: a.abandoned + b.abandoned,
    expired: a.expired + b.expired,
    reworked: a.reworked + b.reworked,
    breached: a.breached + b.breached,
    business: a.business && b.business && addDurations(a.business, b.business),
  }
}

/** Also of the wall clock, whose fields have the same names. */
function addDurations(a: BusinessDurations, b: BusinessDurations): BusinessDurations {
  const counts = new Map(a.buckets)
  for (const [bucket, count] of b.buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return {
    sumMs: a.sumMs + b.sumMs,
    minMs: a.minMs === undefined ? b.minMs : Math.min(a.minMs, b.minMs ?? a.minMs),
    maxMs: a.maxMs === undefined ? b.maxMs : Math.max(a.maxMs, b.maxMs ?? a.maxMs),
    buckets: [...counts].sort(([left], [right]) => left - right),
  }
}
