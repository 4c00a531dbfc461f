import type { ReadingConnection } from '../connection.ts'
import type { PaneSum } from '../stored.ts'
import { type ContributionQuery, type Contributions, segmentContributions } from './contributions.ts'
import { type MeasureSeriesQuery, measureSeries } from './measure-series.ts'
import type { MeasureSum } from './measure-sums.ts'
import { type StageSeriesQuery, stageSeries } from './stage-series.ts'
import type { ComparedPoint } from './steps.ts'

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
}

export const queriesOn = (connection: ReadingConnection): StoreQueries => ({
  stageSeries: query => stageSeries(connection, query),
  measureSeries: query => measureSeries(connection, query),
  segmentContributions: query => segmentContributions(connection, query),
})
