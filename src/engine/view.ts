import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertMarks } from '../alerts/alert-marks.ts'
import type { AlertOverlay } from '../alerts/overlay.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { DurationMs } from '../event/duration.ts'
import type { Instant } from '../event/instant.ts'
import type { TopicPartition } from '../event/record.ts'
import type { SegmentLabels } from '../event/segment.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { StatisticName } from '../model/statistics.ts'
import type { PartitionCounts } from '../shard/counts.ts'
import type { SourceState } from '../source/source.ts'
import type { AgeBar } from '../windows/age-bars.ts'
import type { OpenDeadlineState } from '../windows/deadline-state.ts'
import type { Chance } from '../windows/lateness.ts'
import type { PartitionProgress } from './partition.ts'
import type { RuleAtSegment } from './rule-at-segment.ts'

/** Statistics of one stage and segment at an evaluation instant. */
export type SegmentStatistics = {
  readonly segment: SegmentLabels
  readonly total: boolean
  /** Missing: no samples. */
  readonly values: Readonly<Partial<Record<StatisticName, number>>>
  /** Those of them that are at least their value, and how much more is not known; absent: none. */
  readonly atLeast?: readonly StatisticName[]
  /** Of those that lie in a range, its other end; absent: none. */
  readonly atMost?: Readonly<Partial<Record<StatisticName, number>>>
}

export type StageStatistics = {
  readonly stage: string
  readonly windowMs: DurationMs
  /** The total first, then the segments in the order of their keys. */
  readonly segments: readonly SegmentStatistics[]
  /** The end of a partition is not known; or there are more segments than may be: their values are incomplete, totals exact. */
  readonly partial: boolean
}

/** As of a stage; amounts in the measure's own unit. */
export type MeasureStatistics = {
  readonly measure: string
  readonly windowMs: DurationMs
  readonly segments: readonly Omit<SegmentStatistics, 'atLeast'>[]
  readonly partial: boolean
}

/** The open visits of a stage or a segment of it, and completed ones to compare them with. */
export type OpenStage = Pick<SegmentStatistics, 'values' | 'atLeast' | 'atMost'> & {
  /** The evaluation instant T. */
  readonly at: Instant
  /** Of the statistics that have one. */
  readonly windowMs: number
  /** In bars of age that follow on each other, youngest first; none: no visit is open. */
  readonly ages: readonly AgeBar[]
}

/** How an open visit stands to its due instant at the last evaluation. */
export type OpenDeadline = {
  readonly stage: string
  readonly start: Instant
  readonly due: Instant
  /** undefined: the life tables do not reach far enough to tell on time from due soon. */
  readonly state: OpenDeadlineState | undefined
  /** P(late), or the range in which it lies. */
  readonly chance: Chance
  /** From which on it is due soon. */
  readonly level: number
  /** Where the case is within the stage: in another one, or on the way from it to the end; undefined: in none. */
  readonly within: { readonly stage: string; readonly isLeft: boolean } | undefined
}

export type PartitionStatus = {
  readonly topic: string
  readonly partition: number
  readonly offset: number | undefined
  readonly watermark: Instant | undefined
  readonly atEnd: boolean
  /** undefined: how far its log goes has not been told yet. */
  readonly progress: PartitionProgress | undefined
  readonly counts: PartitionCounts
}

/** How the source of a process stands, and since when. */
export type SourceStatus = SourceState & { readonly since: Instant }

export type ProcessStatus = {
  readonly process: string
  readonly source: SourceStatus
  /** The last evaluation instant T; undefined before the first. */
  readonly evaluatedAt: Instant | undefined
  readonly watermark: Instant | undefined
  /** T is of the past, or the logs have not been read to the ends that they had when we came. */
  readonly catchingUp: boolean
  /** The partitions that T waits for while it is catching up: not at their end, and the furthest behind. */
  readonly heldBy: readonly TopicPartition[]
  /** Since when T has been due and is not evaluated, by the wall clock, and what it waits for; undefined: it goes on. */
  readonly held: { readonly since: Instant; readonly by: readonly TopicPartition[] } | undefined
  /** Partitions whose end is not known: they may hold more than was read, so all values are partial. */
  readonly unknownEnds: readonly TopicPartition[]
  /** Cases in memory, ended ones that may still be corrected included. */
  readonly casesInMemory: number
  readonly partitions: readonly PartitionStatus[]
}

/** What gateway and exporter may ask of the engine; all answers come from memory. */
export interface EngineView {
  readonly processes: readonly ProcessDefinition[]
  status(process: string): ProcessStatus
  /** Statistics at the last evaluation instant over the stage's display window. */
  statistics(process: string): readonly StageStatistics[]
  /** The same of its measures. */
  measureStatistics(process: string): readonly MeasureStatistics[]
  /** What is open in a stage, or in its segments that have these values; undefined before the first evaluation. */
  openStage(process: string, stage: string, segment: SegmentLabels): OpenStage | undefined
  /** Of a case's open visits those that are due at some time, by stage; none where the case is not in memory. */
  deadlinesOf(process: string, caseId: string): Promise<readonly OpenDeadline[]>
  /** How a rule stands at a segment, as of now; undefined before the first evaluation, and where there is no such rule or segment. */
  explain(process: string, rule: string, segment: SegmentLabels): RuleAtSegment | undefined
  /** The latest transition of every alert that is pending, firing, recovering or without data, and of those resolved in the last 24 h. */
  alerts(process: string): readonly AlertTransition[]
  /** What people did to an alert that is listed, in the journal's order. */
  actionsOf(alert: string): readonly AlertAction[]
  /** What that comes to. */
  overlayOf(alert: string): AlertOverlay
  /** What keeps people from being told of it now. */
  marksOf(alert: string): AlertMarks
  /**
   * Called with the alert's latest transition when somebody did something to it, after that is durable, and when other marks
   * lie on it. Returns the unsubscribe function.
   */
  onAction(listener: (transition: AlertTransition) => void): () => void
  /**
   * Called at every alert transition, in order, after it is durable; with when the oldest of the records was read that it was
   * judged with for the first time. undefined: there were none, or they are of the past. Returns the unsubscribe function.
   */
  onTransition(listener: (transition: AlertTransition, readAt: Instant | undefined) => void): () => void
  /**
   * Called after an evaluation instant whose statistics changed; with when the oldest of the records was read that they have
   * in them for the first time, as above. Returns the unsubscribe function.
   */
  onEvaluation(listener: (process: string, readAt: Instant | undefined) => void): () => void
}
