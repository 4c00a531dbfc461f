import type { RejectReason } from '../event/record.ts'

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
}
