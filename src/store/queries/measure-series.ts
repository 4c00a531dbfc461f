import type { SegmentLabels } from '../../event/segment.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import {
  type MeasureSum,
  type MeasureSumRow,
  measureSum,
  measureSumColumns,
  summedMeasureColumns,
} from './measure-sums.ts'
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

/** What a measure came to, by steps of time. A pane counts where it starts, as in `StageSeriesQuery`. */
export type MeasureSeriesQuery = SteppedRange & {
  readonly process: string
  readonly measure: string
  /** Some or all of the measure's dimensions, merged; undefined, `{}`: the total. */
  readonly segment?: SegmentLabels
  readonly compare?: readonly Comparison[]
}

type StepRow = MeasureSumRow & { readonly at_ms: number }

/**
 * @returns steps that have panes in any of the ranges, oldest first.
 * @throws QueryError where the range or step makes no sense.
 */
export function measureSeries(
  connection: ReadingConnection,
  query: MeasureSeriesQuery,
): Promise<ComparedPoint<MeasureSum>[]> {
  const { process, measure, segment, compare = [] } = query
  return comparedSteps(query, compare, async range => {
    const rows = await connection.rows<StepRow>(
      `${withUntils}
      SELECT ${stepStart} AS at_ms, decimals, ${measureSumColumns}
      FROM ${timedRows('measure_panes', summedMeasureColumns, seriesCondition('measure', segment), stepUnitMs(range))}
      GROUP BY at_ms, decimals`,
      { process, measure, parts: segmentParts(segment ?? {}), from: range.from, to: range.to, step: range.stepMs },
    )
    const byStep = new Map<number, StepRow[]>()
    for (const row of rows) byStep.set(row.at_ms, [...(byStep.get(row.at_ms) ?? []), row])
    return new Map([...byStep].map(([start, ofStep]) => [start, measureSum(ofStep)]))
  })
}
