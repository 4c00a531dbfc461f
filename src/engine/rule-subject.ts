import type { Instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import { hasDue } from '../model/deadline.ts'
import type { MeasureDefinition, ProcessDefinition, RuleDefinition, StageDefinition } from '../model/definitions.ts'
import type { BoundedLookup } from '../model/statistics.ts'
import type { LifeTableWidth } from '../rules/explanation.ts'
import type { OpenCases } from '../rules/open-cases.ts'
import type { ShardView } from '../shard/view.ts'
import type { LateRisk } from '../windows/late-risk.ts'
import { withLateRisk } from '../windows/late-risk-statistic.ts'
import { withLivePercentiles } from '../windows/live-percentile.ts'
import type { LiveTables } from '../windows/live-tables.ts'
import { measureStatisticsOf } from '../windows/measure-statistics.ts'
import { statisticsOf } from '../windows/statistics.ts'
import { explainedCases } from './explained-cases.ts'
import { type MeasureGroup, MeasureGroups } from './measure-groups.ts'
import { type SegmentGroup, SegmentGroups } from './segment-groups.ts'

/** What a rule watches, a stage or a measure, cut by the rule's dimensions and merged over shards. */
export type RuleSubject = {
  /** The segments that have statistics at an instant, which is never before that of an earlier call. */
  segmentsAt(at: Instant, shards: readonly ShardView[]): ReadonlyMap<SegmentKey, WatchedSegment>
  /** Of a segment of which nothing is left. */
  readonly vanished: (segment: SegmentKey) => WatchedSegment
}

export type WatchedSegment = {
  /** Rises with every change of what is counted of it. */
  changes(): number
  /** The oldest pane of which everything is kept. */
  keptSince(): number
  /** Also of an instant in the past, as far as its panes are kept; the answer is valid until another instant is asked for. */
  statisticsAt(at: Instant): SegmentStatistics
}

type SegmentStatistics = {
  readonly lookup: BoundedLookup
  readonly lifeTable?: () => LifeTableWidth
  /** Of a stage; undefined: no case is open. */
  readonly openCases?: () => OpenCases | undefined
}

/**
 * @param tables shared by the rules that cut the stage alike and look over the same window.
 * @param lateRisk shared by the rules of the stage; undefined: its visits are never due.
 */
export function stageSubject(
  process: ProcessDefinition,
  rule: RuleDefinition,
  stage: number,
  tables: LiveTables,
  lateRisk: LateRisk | undefined,
): RuleSubject {
  const groups = new SegmentGroups(process, stage, rule.by)
  const { windowMs } = rule
  const { paneMs } = process
  const hasTarget = hasDue(process.stages[stage] as StageDefinition)
  const watched = ({ segment, parts, overdueParts }: SegmentGroup): WatchedSegment => ({
    changes: () => parts.reduce((sum, { series }) => sum + series.changes, 0),
    keptSince: () => parts.reduce((latest, { stage: windows }) => Math.max(latest, windows.keptSince), -Infinity),
    statisticsAt(at) {
      const overdueByInstant = () => lateRisk?.overdueOf(parts)
      const windows = statisticsOf({ parts, overdueParts, windowMs, paneMs, at, hasTarget, overdueByInstant })
      const lifeTable = () => tables.of(segment, parts)
      const live = withLivePercentiles(windows, lifeTable)
      const lookup = withLateRisk(live, lateRisk && (() => lateRisk.countOf(parts)))
      return {
        lookup,
        lifeTable,
        openCases: () => explainedCases({ process, stage, at, parts, lookup, lateRisk, overdueParts, lifeTable }),
      }
    },
  })
  const keep = watchedOf(watched)
  return {
    segmentsAt(at, shards) {
      tables.moveTo(at)
      lateRisk?.moveTo(at, shards)
      return keep(groups.of(shards))
    },
    vanished: segment => watched({ segment, parts: [], overdueParts: [] }),
  }
}

export function measureSubject(rule: RuleDefinition, measure: number, definition: MeasureDefinition): RuleSubject {
  const groups = new MeasureGroups(measure, definition, rule.by)
  const { windowMs } = rule
  const { decimals, distinct: keepsDistinct } = definition
  const watched = ({ parts, keptSince }: Omit<MeasureGroup, 'segment'>): WatchedSegment => ({
    changes: () => parts.reduce((sum, series) => sum + series.changes, 0),
    keptSince,
    statisticsAt: at => ({ lookup: measureStatisticsOf({ parts, windowMs, at, decimals, keepsDistinct }) }),
  })
  const keep = watchedOf(watched)
  return {
    segmentsAt: (_, shards) => keep(groups.of(shards)),
    vanished: () => watched({ parts: [], keptSince: () => -Infinity }),
  }
}

/** Groups stay the same objects until segments come or go: what watches them is made as often. */
function watchedOf<Group>(watched: (group: Group) => WatchedSegment) {
  let seen: ReadonlyMap<SegmentKey, Group> | undefined
  let known: ReadonlyMap<SegmentKey, WatchedSegment> = new Map()
  return (groups: ReadonlyMap<SegmentKey, Group>): ReadonlyMap<SegmentKey, WatchedSegment> => {
    if (groups !== seen) {
      seen = groups
      known = new Map([...groups].map(([segment, group]) => [segment, watched(group)]))
    }
    return known
  }
}
