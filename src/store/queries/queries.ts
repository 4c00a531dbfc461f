import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { PaneSum } from '../stored.ts'
import type { DefinitionRow } from '../writing/tables/definitions.ts'
import { type AlertPage, type AlertQuery, alertPage } from './alerts.ts'
import { type AuditPage, type AuditQuery, auditPage } from './audit-page.ts'
import {
  type MeasureBaselineHour,
  type MeasureBaselineQuery,
  measureBaseline,
  type StageBaselineHour,
  type StageBaselineQuery,
  stageBaseline,
} from './baselines.ts'
import { type CaseCorrectionsQuery, caseCorrections, type VisitCorrection } from './case-corrections.ts'
import { type CasePage, type CaseSearchQuery, caseSearch } from './case-search.ts'
import { type ContributionQuery, type Contributions, segmentContributions } from './contributions.ts'
import { type DeadLetterSamples, type DeadLetterSamplesQuery, deadLetterSamples } from './dead-letter-samples.ts'
import { type DefinitionChanges, type DefinitionChangesQuery, definitionChanges } from './definition-changes.ts'
import { type DefinitionQuery, definitionHistory, definitionInForce } from './definitions-in-force.ts'
import { type MeasureSeriesQuery, measureSeries } from './measure-series.ts'
import type { MeasureSum } from './measure-sums.ts'
import { type OpenVisits, type OpenVisitsQuery, openVisits } from './open-visits.ts'
import { type RuleRecord, type RuleRecordsQuery, ruleRecords } from './rule-records.ts'
import { type StageSeriesQuery, stageSeries } from './stage-series.ts'
import type { ComparedPoint } from './steps.ts'
import { type VisitPage, type VisitPageQuery, visitPage } from './visit-pages.ts'

/*
 * What the product asks of history. Every statement is a constant: which columns are read and how they are sorted is
 * picked from what stands in the code, and what a user gave is a bound value. A question that makes no sense is a
 * `QueryError` that says what to ask instead; any other error means that the store cannot be read now.
 *
 * Whatever is asked of a span of time goes by way of the roll-ups (`timed-rows.ts`).
 */
export type StoreQueries = {
  /** What a stage did by steps of time, oldest first, and what it did before. */
  stageSeries(query: StageSeriesQuery): Promise<readonly ComparedPoint<PaneSum>[]>
  measureSeries(query: MeasureSeriesQuery): Promise<readonly ComparedPoint<MeasureSum>[]>
  /** Which segments made up what a stage did, the largest first, and the rest as one. */
  segmentContributions(query: ContributionQuery): Promise<Contributions>
  /** The visits behind a number, page by page, and how many there are. */
  visitPage(query: VisitPageQuery): Promise<VisitPage>
  /** Visits open at an instant, the oldest first, and how many of them are overdue. */
  openVisits(query: OpenVisitsQuery): Promise<OpenVisits>
  /** Cases by the beginning of their id, page by page. */
  caseSearch(query: CaseSearchQuery): Promise<CasePage>
  /** Visits of a case that are not as they were told first, oldest correction first. */
  caseCorrections(query: CaseCorrectionsQuery): Promise<readonly VisitCorrection[]>
  /** Alerts by their latest transition, those that moved last first; `transitionsOfAlert` has the others. */
  alertPage(query: AlertQuery): Promise<AlertPage>
  /** What is usual at each hour of the week, by local time. */
  stageBaseline(query: StageBaselineQuery): Promise<readonly StageBaselineHour[]>
  measureBaseline(query: MeasureBaselineQuery): Promise<readonly MeasureBaselineHour[]>
  /** The newest dead letter of each reason, and what was missing in those of a time. */
  deadLetterSamples(query: DeadLetterSamplesQuery): Promise<DeadLetterSamples>
  /** What was defined anew, otherwise or no longer, page by page, the newest first. */
  definitionChanges(query: DefinitionChangesQuery): Promise<DefinitionChanges>
  /** How often each rule fired in a time, and what people said of that. */
  ruleRecords(query: RuleRecordsQuery): Promise<readonly RuleRecord[]>
  /** Entries of the audit, page by page, the newest first. */
  auditPage(query: AuditQuery): Promise<AuditPage>
  /** Which definition gave a number at an instant; undefined before the first. */
  definitionInForce(query: DefinitionQuery): Promise<DefinitionRow | undefined>
  /** All that were in force, oldest first; at most 1,000, the newest. */
  definitionHistory(query: Omit<DefinitionQuery, 'at'>): Promise<readonly DefinitionRow[]>
}

export const queriesOn = (connection: ReadingConnection): StoreQueries => ({
  stageSeries: query => stageSeries(connection, query),
  measureSeries: query => measureSeries(connection, query),
  segmentContributions: query => segmentContributions(connection, query),
  visitPage: query => visitPage(connection, query),
  openVisits: query => openVisits(connection, query),
  caseSearch: query => caseSearch(connection, query),
  caseCorrections: query => caseCorrections(connection, query),
  alertPage: query => alertPage(connection, query),
  stageBaseline: query => stageBaseline(connection, query),
  measureBaseline: query => measureBaseline(connection, query),
  deadLetterSamples: query => deadLetterSamples(connection, query),
  definitionChanges: query => definitionChanges(connection, query),
  ruleRecords: query => ruleRecords(connection, query),
  auditPage: query => auditPage(connection, query),
  definitionInForce: query => definitionInForce(connection, query),
  definitionHistory: query => definitionHistory(connection, query),
})
