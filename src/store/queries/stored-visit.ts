import { durationMs } from '../../event/duration.ts'
import { instant } from '../../event/instant.ts'
import type { RowVersion, VisitRow } from '../../shard/output.ts'

/** A visit as the store holds it. */
export type StoredVisit = Omit<VisitRow, keyof RowVersion | 'deleted' | 'breached' | 'corrected'> & {
  /** Completed later than it was due, or over its target in the stage's own time. */
  readonly breached: boolean
  /** How many visits the row stands for: 1, or more where a sample is kept (`visit-policy.ts`); 0 beside a sample. */
  readonly weight: number
}

export type StoredVisitColumns = {
  readonly case_id: string
  readonly stage: string
  readonly start_ms: number
  readonly ordinal: number
  readonly visit: number
  readonly end_ms: number | null
  readonly outcome: VisitRow['outcome']
  readonly reason: string | null
  readonly duration_ms: number | null
  readonly business_ms: number | null
  readonly segment: string
  readonly attributes: string
  readonly breached: number
  readonly weight: number
}

export const storedVisitColumns = `case_id, stage, start_ms, ordinal, visit, end_ms, outcome, reason, duration_ms,
  business_ms, segment, attributes, breached, weight`

export const storedVisit = (row: StoredVisitColumns, process: string): StoredVisit => ({
  process,
  stage: row.stage,
  case: row.case_id,
  visit: row.visit,
  ordinal: row.ordinal,
  start: instant(row.start_ms),
  end: row.end_ms === null ? undefined : instant(row.end_ms),
  outcome: row.outcome,
  reason: row.reason ?? undefined,
  durationMs: row.duration_ms === null ? undefined : durationMs(row.duration_ms),
  businessMs: row.business_ms === null ? undefined : durationMs(row.business_ms),
  segment: JSON.parse(row.segment),
  attributes: JSON.parse(row.attributes),
  breached: row.breached === 1,
  weight: row.weight,
})
