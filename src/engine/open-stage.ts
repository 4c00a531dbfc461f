import type { Instant } from '../event/instant.ts'
import { type SegmentLabels, segmentKey } from '../event/segment.ts'
import { leastOf, mostOf } from '../model/bounded.ts'
import { hasDue } from '../model/deadline.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import type { BoundedLookup, StatisticName } from '../model/statistics.ts'
import type { ShardView } from '../shard/view.ts'
import { ageBars } from '../windows/age-bars.ts'
import type { LateRisk } from '../windows/late-risk.ts'
import { withLateRisk } from '../windows/late-risk-statistic.ts'
import { withLivePercentiles } from '../windows/live-percentile.ts'
import { liveTablesOf } from '../windows/live-tables.ts'
import { statisticsOf } from '../windows/statistics.ts'
import { SegmentGroups } from './segment-groups.ts'
import type { OpenStage, SegmentStatistics } from './view.ts'

export type OpenStageParts = {
  readonly process: ProcessDefinition
  readonly stage: number
  /** Values of some or all of the stage's dimensions; `{}`: the whole. */
  readonly segment: SegmentLabels
  readonly windowMs: number
  readonly at: Instant
  readonly shards: readonly ShardView[]
  /** At T; undefined: nobody is told the stage's late risk. */
  readonly lateRisk: LateRisk | undefined
}

/** What is told of open visits, and of completed ones to compare them with. */
const shown: readonly StatisticName[] = [
  ...(['wip', 'overdue', 'age_p50', 'age_p90', 'age_p99', 'age_max'] as const),
  ...(['live_p50', 'live_p90', 'live_p99', 'exited', 'p50', 'p90', 'p99'] as const),
]

/** The open visits of a stage or a segment of it, counted from memory when somebody asks. */
export function openStage(asked: OpenStageParts): OpenStage {
  const { process, stage, segment, windowMs, at, shards, lateRisk } = asked
  const { paneMs } = process
  const definition = process.stages[stage] as StageDefinition
  const by = definition.by.filter(attribute => nameOf(process, attribute) in segment)
  const key = segmentKey(by.map(attribute => segment[nameOf(process, attribute)] ?? null))
  const { parts, overdueParts } = new SegmentGroups(process, stage, by).of(shards).get(key) ?? nothing
  const overdueByInstant = () => lateRisk?.overdueOf(parts)
  const hasTarget = hasDue(definition)
  const windows = statisticsOf({ parts, overdueParts, windowMs, paneMs, at, hasTarget, overdueByInstant })
  const tables = liveTablesOf(process, stage, windowMs)
  tables.moveTo(at)
  const live = withLivePercentiles(windows, () => tables.of(key, parts))
  const lookup = withLateRisk(live, lateRisk && (() => lateRisk.countOf(parts)))
  const targets = overdueParts.flatMap(({ targetMs }) => targetMs ?? [])
  return {
    at,
    windowMs,
    ...valuesOf(lateRisk === undefined ? shown : [...shown, 'late_risk'], lookup),
    ages: ageBars({ parts, paneMs, at }, [...new Set(targets)]),
  }
}

const nothing = { parts: [], overdueParts: [] }

const nameOf = (process: ProcessDefinition, attribute: number): string => process.attributes[attribute]?.name ?? ''

/** The values of these statistics, and of those that are a range its ends. */
export function valuesOf(
  names: readonly StatisticName[],
  lookup: BoundedLookup,
): Pick<SegmentStatistics, 'values' | 'atLeast' | 'atMost'> {
  const values: Partial<Record<StatisticName, number>> = {}
  const atLeast: StatisticName[] = []
  const atMost: Partial<Record<StatisticName, number>> = {}
  for (const name of names) {
    const value = lookup(name)
    const least = leastOf(value)
    if (least !== undefined) values[name] = least
    if (typeof value === 'object') atLeast.push(name)
    const most = mostOf(value)
    if (most !== undefined) atMost[name] = most
  }
  return {
    values,
    ...(atLeast.length === 0 ? {} : { atLeast }),
    ...(Object.keys(atMost).length === 0 ? {} : { atMost }),
  }
}
