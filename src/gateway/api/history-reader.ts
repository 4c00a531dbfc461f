import type { AlertTransition } from '../../alerts/transition.ts'
import type { RowVersion, VisitRow } from '../../shard/output.ts'
import type { StoreQueries } from '../../store/queries/queries.ts'

/** A visit as the store holds it, without what only the writer needs. */
export type StoredVisit = Omit<VisitRow, keyof RowVersion | 'deleted'>

/** What the gateway asks of the store. A promise that rejects means the store cannot be read now. */
export interface HistoryReader
  extends Pick<
    StoreQueries,
    | 'stageSeries'
    | 'segmentContributions'
    | 'visitPage'
    | 'openVisits'
    | 'caseSearch'
    | 'caseCorrections'
    | 'alertPage'
    | 'definitionChanges'
    | 'auditPage'
    | 'ruleRecords'
    | 'deadLetterSamples'
  > {
  /** In the order of (start, stage, ordinal); at most `limit`, the oldest. */
  visitsOfCase(process: string, caseId: string, limit: number): Promise<readonly StoredVisit[]>
  /** The transitions of one alert, oldest first; at most `limit`, the newest. */
  transitionsOfAlert(alert: string, limit: number): Promise<readonly AlertTransition[]>
}
