import type { SegmentStatistics, StageStatistics } from '../engine/view.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { StatisticName } from '../model/statistics.ts'
import type { Families, Sample } from './family.ts'

type Values = Pick<SegmentStatistics, 'values' | 'atLeast' | 'atMost'>

/** Most segments of a stage that get samples of their own; how many were left out is a sample too. */
export const MOST_SEGMENTS = 200

/**
 * Statistics of stages at the last evaluation, totals and segments as families of their own, so that a sum over one
 * family counts nothing twice. A segment is one label, `warehouse=WH-1,carrier=DHL`: its dimensions differ from stage
 * to stage, and could clash with the labels that Prometheus adds itself.
 */
export function stageSamples(
  families: Families,
): (process: ProcessDefinition, stages: readonly StageStatistics[]) => void {
  const total = statisticFamilies(families, 'stagewatch_stage', 'All segments together.', ['process', 'stage'])
  const bySegment = statisticFamilies(families, 'stagewatch_segment', 'By segment.', ['process', 'stage', 'segment'])
  const windowLength = families.gauge(
    'stagewatch_stage_window_seconds',
    'Length of the window that the statistics cover.',
    ['process', 'stage'],
  )
  const target = families.gauge('stagewatch_stage_target_seconds', "The stage's default target.", ['process', 'stage'])
  const leftOut = families.gauge(
    'stagewatch_stage_segments_left_out',
    `Segments without samples of their own, past ${MOST_SEGMENTS} a stage.`,
    ['process', 'stage'],
  )

  return (process, stages) => {
    for (const stage of stages) {
      const labels = { process: process.name, stage: stage.stage }
      windowLength(labels, stage.windowMs / 1_000)
      const definition = process.stages.find(candidate => candidate.name === stage.stage)
      target(labels, inSeconds(definition?.target?.defaultMs))
      let segments = 0
      for (const statistics of stage.segments) {
        if (statistics.total) total(labels, statistics)
        else if (segments++ < MOST_SEGMENTS) {
          bySegment({ ...labels, segment: segmentText(statistics.segment) }, statistics)
        }
      }
      leftOut(labels, Math.max(0, segments - MOST_SEGMENTS))
    }
  }
}

/** `warehouse=WH-1,carrier=?`, an unknown value as `?`. */
export const segmentText = (segment: SegmentLabels): string =>
  Object.entries(segment)
    .map(([dimension, value]) => `${dimension}=${value ?? '?'}`)
    .join(',')

const percentiles = ['p50', 'p75', 'p90', 'p95', 'p99'] as const

function statisticFamilies(
  families: Families,
  prefix: string,
  which: string,
  labelNames: readonly string[],
): (labels: Readonly<Record<string, string>>, values: Values) => void {
  const gauge = (name: string, help: string, ...more: string[]): Sample =>
    families.gauge(`${prefix}_${name}`, `${help} ${which}`, [...labelNames, ...more])

  const counts: readonly [Sample, StatisticName][] = [
    [gauge('wip', 'Visits open now.'), 'wip'],
    [gauge('overdue', 'Open visits over their target.'), 'overdue'],
    [gauge('at_risk', 'Visits open at any time in the window.'), 'at_risk'],
    [gauge('breached', 'Visits completed in the window over their target.'), 'breached'],
    [gauge('reworked', 'Visits begun in the window by cases that had been in the stage before.'), 'reworked'],
    [gauge('within_target_ratio', 'Share of the visits completed in the window within their target.'), 'within_target'],
  ]
  const lateRisk = gauge('late_risk', 'Open visits that will probably miss their deadline, where that is one number.')
  const visits = gauge('window_visits', 'Visits that began or ended in the window, by what they did.', 'change')
  const changes = ['entered', 'exited', 'abandoned', 'expired'] as const
  const exitRate = gauge('exits_per_second', 'Visits completed in the window, per second of it.')
  const durations = gauge('duration_seconds', 'Percentiles of the visits completed in the window.', 'percentile')
  const ages = gauge('age_seconds', 'Percentiles of the ages of the open visits.', 'percentile')
  const live = gauge(
    'live_duration_seconds',
    'Percentiles that count open visits in, where a metric or a rule names them.',
    'percentile',
  )
  const liveBound = gauge(
    'live_duration_is_bound',
    '1: the live percentile is at least its sample, how much more is not known yet; 0: it is its sample.',
    'percentile',
  )
  const seconds: readonly [Sample, StatisticName][] = [
    [gauge('duration_avg_seconds', 'Mean of the visits completed in the window.'), 'avg'],
    [gauge('duration_max_seconds', 'Longest visit completed in the window.'), 'max'],
    [gauge('age_max_seconds', 'Age of the oldest open visit.'), 'age_max'],
  ]

  return (labels, { values, atLeast, atMost }) => {
    for (const [sample, statistic] of counts) sample(labels, values[statistic])
    // A sample is one number; the range stands in the statistics API.
    if (atMost?.late_risk === undefined) lateRisk(labels, values.late_risk)
    for (const change of changes) visits({ ...labels, change }, values[change])
    exitRate(labels, values.throughput === undefined ? undefined : values.throughput / 3_600)
    for (const percentile of percentiles) {
      durations({ ...labels, percentile }, inSeconds(values[percentile]))
      ages({ ...labels, percentile }, inSeconds(values[`age_${percentile}`]))
      const name = `live_${percentile}` as const
      live({ ...labels, percentile }, inSeconds(values[name]))
      if (values[name] !== undefined) liveBound({ ...labels, percentile }, atLeast?.includes(name) ? 1 : 0)
    }
    for (const [sample, statistic] of seconds) sample(labels, inSeconds(values[statistic]))
  }
}

const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000)
