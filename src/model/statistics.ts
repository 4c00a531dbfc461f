import { exactDuration, parseDuration } from '../event/duration.ts'
import type { StatisticValue } from './bounded.ts'

/** Those of a stage that panes add up to; the others are of the instant, or look at the open visits of the instant too. */
const windowStatisticNames = [
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
] as const

/** The statistics whose value is a number wherever they have one; meaning in `docs/meaning.md`. Durations are in ms. */
export const statisticNames = [
  ...windowStatisticNames,
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

/** What a rule of deviation compares its statistic with: the same hour of the weeks before. */
export const usualNames = ['usual', 'lower_limit', 'upper_limit'] as const

export type UsualName = (typeof usualNames)[number]

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
export type StatisticName = StageStatisticName | MeasureStatisticName | UsualName

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

const windowNames: ReadonlySet<StatisticName> = new Set(windowStatisticNames)

/** What a condition, a metric or a summary may name, by what it is about. */
export type Vocabulary = {
  readonly names: readonly StatisticName[]
  readonly unitOf: Readonly<Partial<Record<StatisticName, StatisticUnit>>>
  /** How many samples there are, which `min_samples` guards. */
  readonly samples: StatisticName
  /** Whether it is counted over a window, so that a condition may ask for it over another one: `p90.over("24h")`. */
  readonly isOfWindow: (name: StatisticName) => boolean
}

export const stageVocabulary: Vocabulary = {
  names: [...statisticNames, ...liveStatisticNames, ...rangedStatisticNames],
  unitOf: stageUnits,
  samples: 'at_risk',
  isOfWindow: name => windowNames.has(name),
}

export const measureVocabulary: Vocabulary = {
  names: measureStatisticNames,
  unitOf: measureUnits,
  samples: 'count',
  isOfWindow: () => true,
}

/** What a rule or a metric is about, as far as it decides on what may be named. */
export type VocabularySubject = {
  readonly measure?: unknown
  /** Of a rule of deviation: the statistic that is compared. */
  readonly deviationOf?: string | undefined
}

export function vocabularyOf({ measure, deviationOf }: VocabularySubject): Vocabulary {
  const plain = measure === undefined ? stageVocabulary : measureVocabulary
  const unit = plain.unitOf[deviationOf as StatisticName]
  if (unit === undefined) return plain
  return {
    ...plain,
    names: [...plain.names, ...usualNames],
    unitOf: { ...plain.unitOf, usual: unit, lower_limit: unit, upper_limit: unit },
    isOfWindow: name => plain.isOfWindow(name) && !isUsual(name),
  }
}

const usual: ReadonlySet<StatisticName> = new Set(usualNames)

export const isUsual = (name: StatisticName): name is UsualName => usual.has(name)

/** How a condition names what it reads: a statistic over the rule's own window, or over another one. */
export type ReadingName = StatisticName | `${StatisticName}.over("${string}")`

/** What a condition reads. */
export type Reading = {
  readonly name: ReadingName
  readonly statistic: StatisticName
  /** undefined: the rule's own. */
  readonly windowMs: number | undefined
  /** Where its window, else its name, stands in the text. */
  readonly offset: number
}

export const readingOver = (statistic: StatisticName, windowMs: number): ReadingName =>
  `${statistic}.over("${exactDuration(windowMs)}")`

/** What a name reads. */
export function readingOf(name: ReadingName): Pick<Reading, 'statistic' | 'windowMs'> {
  const [statistic, window] = name.split('.over(') as [StatisticName, string | undefined]
  return { statistic, windowMs: window === undefined ? undefined : parseDuration(window.slice(1, -2)) }
}

/**
 * The value of a statistic at an instant; undefined where it has no samples.
 *
 * @param windowMs another window than the usual one; only of a statistic that is of a window, and of a window that is kept.
 */
export type StatisticLookup = (name: StatisticName, windowMs?: number) => number | undefined

/** As a `StatisticLookup`, which is one too; of a live percentile it may tell a bound, of `late_risk` a range. */
export type BoundedLookup = (name: StatisticName, windowMs?: number) => StatisticValue | undefined
