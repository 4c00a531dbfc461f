import type { MeasureStatistics } from '../engine/view.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { Families } from './family.ts'
import { MOST_SEGMENTS, segmentText } from './stage-samples.ts'

type Values = MeasureStatistics['segments'][number]['values']

/**
 * Statistics of measures at the last evaluation, totals and segments as families of their own, as those of stages.
 * Amounts are in the measure's own unit, which differs from measure to measure, so no unit stands in the names.
 */
export function measureSamples(
  families: Families,
): (process: ProcessDefinition, measures: readonly MeasureStatistics[]) => void {
  const total = statisticFamilies(families, 'stagewatch_measure', 'All segments together.', ['process', 'measure'])
  const bySegment = statisticFamilies(families, 'stagewatch_measure_segment', 'By segment.', [
    'process',
    'measure',
    'segment',
  ])
  const windowLength = families.gauge(
    'stagewatch_measure_window_seconds',
    'Length of the window that the statistics cover.',
    ['process', 'measure'],
  )
  const leftOut = families.gauge(
    'stagewatch_measure_segments_left_out',
    `Segments without samples of their own, past ${MOST_SEGMENTS} a measure.`,
    ['process', 'measure'],
  )
  return (process, measures) => {
    for (const { measure, windowMs, segments } of measures) {
      const labels = { process: process.name, measure }
      windowLength(labels, windowMs / 1_000)
      let count = 0
      for (const { segment, total: isTotal, values } of segments) {
        if (isTotal) total(labels, values)
        else if (count++ < MOST_SEGMENTS) bySegment({ ...labels, segment: segmentText(segment) }, values)
      }
      leftOut(labels, Math.max(0, count - MOST_SEGMENTS))
    }
  }
}

const percentiles = ['p50', 'p75', 'p90', 'p95', 'p99'] as const
const kinds = ['sum', 'avg', 'min', 'max'] as const

/** The words `count` and `sum` at the end of a name are those of histograms, so promtool wants other ones. */
function statisticFamilies(
  families: Families,
  prefix: string,
  which: string,
  labelNames: readonly string[],
): (labels: Readonly<Record<string, string>>, values: Values) => void {
  const gauge = (name: string, help: string, ...more: string[]) =>
    families.gauge(`${prefix}_${name}`, `${help} ${which}`, [...labelNames, ...more])
  const events = gauge('events', 'Events counted in the window.')
  const distinct = gauge('distinct_values', 'Different values in the window, where they are kept.')
  const amount = gauge('amount', 'Sum, average, least and most of the values in the window.', 'statistic')
  const quantiles = gauge('percentile_amount', 'Percentiles of the values in the window.', 'percentile')
  return (labels, values) => {
    events(labels, values.count)
    distinct(labels, values.distinct)
    for (const statistic of kinds) amount({ ...labels, statistic }, values[statistic])
    for (const percentile of percentiles) quantiles({ ...labels, percentile }, values[percentile])
  }
}
