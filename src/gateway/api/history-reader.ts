import type { AlertTransition } from '../../alerts/transition.ts'
import type { Instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { RowVersion, VisitRow } from '../../shard/output.ts'
import type { StoreQueries } from '../../store/queries/queries.ts'

/** A visit as the store holds it, without what only the writer needs. */
export type StoredVisit = Omit<VisitRow, keyof RowVersion | 'deleted'>

/** Panes of one stage and segment, summed over one step of time. */
export type PaneSum = {
  /** A multiple of the step since the epoch. */
  readonly start: Instant
  readonly entered: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly breached: number
  /** Of the visits that completed in it, in ms; undefined where none did. */
  readonly p50Ms: number | undefined
  readonly p90Ms: number | undefined
}

export type PaneSeriesQuery = {
  readonly process: string
  readonly stage: string
  /** undefined: the stage's total. */
  readonly segment: SegmentLabels | undefined
  /** [from, to), both multiples of `stepMs`. */
  readonly from: Instant
  readonly to: Instant
  /** A multiple of the process's pane. */
  readonly stepMs: number
}

/** What the gateway asks of the store. A promise that rejects means the store cannot be read now. */
export interface HistoryReader extends Pick<StoreQueries, 'deadLetterSamples'> {
  /** In the order of `start`; steps without a row may be left out. */
  paneSeries(query: PaneSeriesQuery): Promise<readonly PaneSum[]>
  /** In the order of (start, stage, ordinal); at most `limit`, the oldest. */
  visitsOfCase(process: string, caseId: string, limit: number): Promise<readonly StoredVisit[]>
  /** The transitions of one alert, oldest first; at most `limit`, the newest. */
  transitionsOfAlert(alert: string, limit: number): Promise<readonly AlertTransition[]>
}
