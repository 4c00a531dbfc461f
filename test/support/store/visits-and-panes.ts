import { durationMs } from '../../../src/event/duration.ts'
import type { CaseId } from '../../../src/event/event.ts'
import { instant } from '../../../src/event/instant.ts'
import type { SegmentLabels } from '../../../src/event/segment.ts'
import type { BucketCounts, PaneRow, VisitRow } from '../../../src/shard/output.ts'
import { segmentText } from '../../../src/store/segment-text.ts'
import { bucketOf } from '../../../src/windows/histogram.ts'

/** A visit of the stage `picking`, completed after a minute unless said otherwise. */
export function visitRow(process: string, change: Partial<VisitRow> = {}): VisitRow {
  const start = change.start ?? instant(1_700_000_000_000)
  const outcome = change.outcome ?? 'completed'
  const end = outcome === 'open' ? undefined : (change.end ?? instant(start + 60_000))
  return {
    process,
    stage: 'picking',
    case: 'A-1' as CaseId,
    visit: 1,
    ordinal: 0,
    outcome,
    reason: undefined,
    businessMs: undefined,
    segment: { carrier: 'C-1', warehouse: 'WH-1' },
    attributes: {},
    deleted: false,
    source: 'orders.events',
    partition: 0,
    epoch: 0,
    position: 10,
    ...change,
    start,
    end,
    durationMs: end === undefined ? undefined : durationMs(end - start),
  }
}

export const ownMs = (visit: VisitRow): number | undefined => visit.businessMs ?? visit.durationMs

type Filling = {
  readonly visit: VisitRow
  readonly total: boolean
  readonly start: number
  readonly entered: VisitRow[]
  readonly left: VisitRow[]
}

/** The panes that these visits make: of the total, of every segment, for each partition. */
export function panesOf(visits: readonly VisitRow[], paneMs: number): PaneRow[] {
  const panes = new Map<string, Filling>()
  const fillingOf = (visit: VisitRow, total: boolean, at: number): Filling => {
    const start = Math.floor(at / paneMs) * paneMs
    const key = JSON.stringify([visit.stage, total, total ? {} : segmentText(visit.segment), start, visit.partition])
    const filling = panes.get(key) ?? { visit, total, start, entered: [], left: [] }
    panes.set(key, filling)
    return filling
  }
  for (const visit of visits) {
    for (const total of [true, false]) {
      fillingOf(visit, total, visit.start).entered.push(visit)
      if (visit.end !== undefined) fillingOf(visit, total, visit.end).left.push(visit)
    }
  }
  return [...panes.values()].map(filling => paneRow(filling, paneMs))
}

function paneRow({ visit, total, start, entered, left }: Filling, paneMs: number): PaneRow {
  const completed = left.filter(({ outcome }) => outcome === 'completed')
  const business = completed.flatMap(({ businessMs }) => businessMs ?? [])
  return {
    process: visit.process,
    stage: visit.stage,
    segment: total ? {} : visit.segment,
    total,
    start: instant(start),
    end: instant(start + paneMs),
    entered: entered.length,
    exited: completed.length,
    abandoned: left.filter(({ outcome }) => outcome === 'abandoned').length,
    expired: left.filter(({ outcome }) => outcome === 'expired').length,
    reworked: entered.filter(({ visit }) => visit > 1).length,
    breached: completed.filter(({ breached }) => breached).length,
    ...durationsOf(completed.flatMap(({ durationMs }) => durationMs ?? [])),
    business: business.length === 0 ? undefined : durationsOf(business),
    source: visit.source,
    partition: visit.partition,
    epoch: visit.epoch,
    position: visit.position,
  }
}

const durationsOf = (durations: readonly number[]) => ({
  sumMs: durations.reduce((sum, ms) => sum + ms, 0),
  minMs: durations.length === 0 ? undefined : Math.min(...durations),
  maxMs: durations.length === 0 ? undefined : Math.max(...durations),
  buckets: bucketCounts(durations),
})

function bucketCounts(durations: readonly number[]): BucketCounts {
  const counts = new Map<number, number>()
  for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1)
  return [...counts].sort(([left], [right]) => left - right)
}

/** Nearest rank. */
export function exactQuantile(values: readonly number[], q: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]
}

/** Some or all of a segment's values. */
export const hasValues = (segment: SegmentLabels, wanted: SegmentLabels): boolean =>
  Object.entries(wanted).every(([name, value]) => Object.hasOwn(segment, name) && segment[name] === value)
