import { type Instant, instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'

export type CaseCorrectionsQuery = {
  readonly process: string
  readonly case: string
  /** 1 … 1,000; the newest. */
  readonly limit: number
}

/** A visit that is not as it was told first. */
export type VisitCorrection = {
  readonly stage: string
  readonly start: Instant
  readonly ordinal: number
  /** When it was last told otherwise, by the writer's clock. */
  readonly at: Instant
  /** There is no such visit any more; else it had ended, and is otherwise now. */
  readonly withdrawn: boolean
}

type Columns = {
  readonly stage: string
  readonly start_ms: number
  readonly ordinal: number
  readonly corrected_at_ms: number
  readonly deleted: number
}

/** Of one case, oldest first. */
export async function caseCorrections(
  connection: ReadingConnection,
  { process, case: caseId, limit }: CaseCorrectionsQuery,
): Promise<VisitCorrection[]> {
  const rows = await connection.rows<Columns>(
    `SELECT stage, start_ms, ordinal, corrected_at_ms, deleted FROM visits FINAL
    PREWHERE process = {process:String} AND case_id = {case:String}
    WHERE corrected_at_ms IS NOT NULL
    ORDER BY corrected_at_ms DESC, start_ms DESC, stage, ordinal LIMIT {limit:UInt32}`,
    { process, case: caseId, limit },
  )
  return rows.reverse().map(row => ({
    stage: row.stage,
    start: instant(row.start_ms),
    ordinal: row.ordinal,
    at: instant(row.corrected_at_ms),
    withdrawn: row.deleted === 1,
  }))
}
