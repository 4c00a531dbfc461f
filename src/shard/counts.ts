import type { RejectReason } from '../event/record.ts'
import { OTHER } from '../event/segment.ts'

/**
 * What became of the records and events of one topic partition.
 *
 * `consumed = decoded + skipped + rejected`, and
 * `events = ignored + duplicate + late + counted`; `lateApplied`, `beforeStart`, `afterEnd` and `unmatchedEnd` say how
 * many of the counted events were so. `conflicting` says how many of the duplicates differed from the one that counts.
 */
export type PartitionCounts = {
  consumed: number
  decoded: number
  skipped: number
  rejected: number
  rejectedBy: Partial<Record<Exclude<RejectReason, 'late'>, number>>
  events: number
  ignored: number
  /** By the activity's name, at most 100 names; the rest under `__other__`. */
  ignoredBy: Record<string, number>
  duplicate: number
  conflicting: number
  late: number
  counted: number
  lateApplied: number
  beforeStart: number
  afterEnd: number
  unmatchedEnd: number
  /** Ended runs that its events have driven from memory before they could no longer be corrected. */
  settleCut: number
  /** Offsets that the log no longer held when they were to be read, and that were passed over as was configured. */
  lostOffsets: number
}

/** Names of ignored activities that are counted one by one. */
const MAX_IGNORED_NAMES = 100

export const newPartitionCounts = (): PartitionCounts => ({
  consumed: 0,
  decoded: 0,
  skipped: 0,
  rejected: 0,
  rejectedBy: {},
  events: 0,
  ignored: 0,
  ignoredBy: {},
  duplicate: 0,
  conflicting: 0,
  late: 0,
  counted: 0,
  lateApplied: 0,
  beforeStart: 0,
  afterEnd: 0,
  unmatchedEnd: 0,
  settleCut: 0,
  lostOffsets: 0,
})

export function countIgnored(counts: PartitionCounts, activity: string): void {
  counts.ignored++
  const isNew = !Object.hasOwn(counts.ignoredBy, activity)
  const name = isNew && Object.keys(counts.ignoredBy).length >= MAX_IGNORED_NAMES ? OTHER : activity
  addTo(counts.ignoredBy, name, 1)
}

/** Adds up the counts of several topic partitions. */
export function sumCounts(all: readonly PartitionCounts[]): PartitionCounts {
  const sum = newPartitionCounts()
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof PartitionCounts)[]) {
      const value = counts[key]
      if (typeof value === 'number') (sum[key] as number) += value
      else addByName(sum[key] as Record<string, number>, value as Record<string, number>)
    }
  }
  return sum
}

function addByName(into: Record<string, number>, from: Record<string, number>): void {
  for (const [name, count] of Object.entries(from)) addTo(into, name, count)
}

/** As an own property even for a name like `__proto__`, which a plain assignment would lose. */
function addTo(counts: Record<string, number>, name: string, by: number): void {
  const value = (Object.hasOwn(counts, name) ? (counts[name] as number) : 0) + by
  Object.defineProperty(counts, name, { value, enumerable: true, configurable: true, writable: true })
}
