import type { StatisticValue } from './bounded.ts'

/** The statistics whose value is a number wherever they have one; meaning in `docs/meaning.md`. Durations are in ms. */
export const statisticNames = [
  'entered',
  'exited',
  'abandoned',
  'expired',
  'reworked',
  'throughput',
  'avg',
  'min',
  'max',
  'sum',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'within_target',
  'breached',
  'wip',
  'age_p50',
  'age_p75',
  'age_p90',
  'age_p95',
  'age_p99',
  'age_max',
  'overdue',
  'at_risk',
] as const

/** Percentiles that count open visits in; where one is not reached yet, only a bound of it is known. */
export const liveStatisticNames = ['live_p50', 'live_p75', 'live_p90', 'live_p95', 'live_p99'] as const

export type LiveStatisticName = (typeof liveStatisticNames)[number]

export type StageStatisticName = (typeof statisticNames)[number] | LiveStatisticName | RangedStatisticName

/** Statistics of a measure's events, as numbers in the measure's own unit. */
export const measureStatisticNames = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'distinct',
] as const

export type MeasureStatisticName = (typeof measureStatisticNames)[number]

/** Of a stage or of a measure; which of them there are is said by the subject's `Vocabulary`. */
export type StatisticName = StageStatisticName | MeasureStatisticName

/** Counts of which only a range may be known. */
export const rangedStatisticNames = ['late_risk'] as const

export type RangedStatisticName = (typeof rangedStatisticNames)[number]

/** What kind of number a statistic is: `duration` in ms, `count`, `ratio` in 0..1, `rate` per hour, `amount` of a measure. */
export type StatisticUnit = 'duration' | 'count' | 'ratio' | 'rate' | 'amount'

const stageUnits: Readonly<Record<StageStatisticName, StatisticUnit>> = {
  entered: 'count',
  exited: 'count',
  abandoned: 'count',
  expired: 'count',
  reworked: 'count',
  throughput: 'rate',
  avg: 'duration',
  min: 'duration',
  max: 'duration',
  sum: 'duration',
  p50: 'duration',
  p75: 'duration',
  p90: 'duration',
  p95: 'duration',
  p99: 'duration',
  within_target: 'ratio',
  breached: 'count',
  wip: 'count',
  age_p50: 'duration',
  age_p75: 'duration',
  age_p90: 'duration',
  age_p95: 'duration',
  age_p99: 'duration',
  age_max: 'duration',
  overdue: 'count',
  at_risk: 'count',
  live_p50: 'duration',
  live_p75: 'duration',
  live_p90: 'duration',
  live_p95: 'duration',
  live_p99: 'duration',
  late_risk: 'count',
}

const measureUnits: Readonly<Record<MeasureStatisticName, StatisticUnit>> = {
  count: 'count',
  sum: 'amount',
  avg: 'amount',
  min: 'amount',
  max: 'amount',
  p50: 'amount',
  p75: 'amount',
  p90: 'amount',
  p95: 'amount',
  p99: 'amount',
  distinct: 'count',
}

/** What a condition, a metric or a summary may name, by what it is about. */
export type Vocabulary = {
  readonly names: readonly StatisticName[]
  readonly unitOf: Readonly<Partial<Record<StatisticName, StatisticUnit>>>
  /** How many samples there are, which `min_samples` guards. */
  readonly samples: StatisticName
}

export const stageVocabulary: Vocabulary = {
  names: [...statisticNames, ...liveStatisticNames, ...rangedStatisticNames],
  unitOf: stageUnits,
  samples: 'at_risk',
}

export const measureVocabulary: Vocabulary = {
  names: measureStatisticNames,
  unitOf: measureUnits,
  samples: 'count',
}

export const vocabularyOf = (subject: { readonly measure?: unknown }): Vocabulary =>
  subject.measure === undefined ? stageVocabulary : measureVocabulary

/** The value of a statistic at an instant; undefined where it has no samples. */
export type StatisticLookup = (name: StatisticName) => number | undefined

/** As a `StatisticLookup`, which is one too; of a live percentile it may tell a bound, of `late_risk` a range. */
export type BoundedLookup = (name: StatisticName) => StatisticValue | undefined
