import type { SegmentKey } from '../event/segment.ts'
import type { MeasureSeries } from './measure-series.ts'
import type { MeasureWindows } from './measure-windows.ts'
import type { Series } from './series.ts'
import type { StageWindows } from './stage-windows.ts'

/*
 * What statistics are read from. A stage or a measure of a shard is read where it is folded, or in a replica, which is
 * told what changed (`stage-replica.ts`, `measure-replica.ts`); whoever reads cannot tell which.
 */

export type SeriesView = Pick<
  Series,
  'slot' | 'targetMs' | 'calendar' | 'open' | 'changes' | 'windowAt' | 'extremesAt' | 'comparedAt' | 'forEachPane'
>

export type StageView = Pick<
  StageWindows,
  'settledUntil' | 'keptSince' | 'segmentAt' | 'segmentsVersion' | 'history'
> & {
  readonly total: SeriesView
  readonly segments: ReadonlyMap<SegmentKey, SeriesView>
}

export type MeasureSeriesView = Pick<MeasureSeries, 'changes' | 'windowAt' | 'extremesAt' | 'distinctAt'>

export type MeasureView = Pick<MeasureWindows, 'keptSince' | 'segmentsVersion'> & {
  readonly total: MeasureSeriesView
  readonly segments: ReadonlyMap<SegmentKey, MeasureSeriesView>
}
