import type { SegmentLabels } from '../../event/segment.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { PaneSum } from '../stored.ts'
import { type PaneSumRow, paneSum, paneSumColumns, summedColumns } from './pane-sums.ts'
import { segmentParts, seriesCondition } from './segment-match.ts'
import {
  type ComparedPoint,
  type Comparison,
  comparedSteps,
  type SteppedRange,
  stepStart,
  stepUnitMs,
} from './steps.ts'
import { timedRows, withUntils } from './timed-rows.ts'

/** What a stage did, by steps of time. A pane counts where it starts; let ranges and steps be multiples of the process's pane. */
export type StageSeriesQuery = SteppedRange & {
  readonly process: string
  readonly stage: string
  /** Some or all of the stage's dimensions: all segments with these values, merged. undefined, `{}`: the total. */
  readonly segment?: SegmentLabels
  readonly compare?: readonly Comparison[]
}

/**
 * Durations are ms of business time where the stage has a calendar, else of the wall clock; quantiles are those of the
 * merged histograms, as live ones are: within 1.1 % of the nearest-rank value.
 *
 * @returns steps that have panes in any of the ranges, oldest first. `start` in the sums is that of their own range.
 * @throws QueryError where the range or step makes no sense.
 */
export function stageSeries(connection: ReadingConnection, query: StageSeriesQuery): Promise<ComparedPoint<PaneSum>[]> {
  const { process, stage, segment, compare = [] } = query
  return comparedSteps(query, compare, async range => {
    const rows = await connection.rows<PaneSumRow>(
      `${withUntils}
      SELECT ${stepStart} AS at_ms, ${paneSumColumns}
      FROM ${timedRows('panes', summedColumns, seriesCondition('stage', segment), stepUnitMs(range))}
      GROUP BY at_ms`,
      { process, stage, parts: segmentParts(segment ?? {}), from: range.from, to: range.to, step: range.stepMs },
    )
    return new Map(rows.map(row => [row.at_ms, paneSum(row)]))
  })
}
