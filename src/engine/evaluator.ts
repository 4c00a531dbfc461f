import { AlertBook, type AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import { hasDue } from '../model/deadline.ts'
import type { ProcessDefinition, RuleDefinition, StageDefinition } from '../model/definitions.ts'
import { type CompiledRule, compileRule, judge } from '../rules/rule.ts'
import type { Shard } from '../shard/shard.ts'
import { type LateRisk, lateRiskReader } from '../windows/late-risk.ts'
import { withLateRisk } from '../windows/late-risk-statistic.ts'
import { withLivePercentiles } from '../windows/live-percentile.ts'
import { type LiveTables, liveTablesOf } from '../windows/live-tables.ts'
import { windowPanes } from '../windows/span.ts'
import { statisticsOf } from '../windows/statistics.ts'
import { type SegmentGroup, SegmentGroups } from './segment-groups.ts'

type WatchedRule = {
  readonly compiled: CompiledRule
  readonly groups: SegmentGroups
  /** Shared by the rules that cut the stage alike and look over the same window. */
  readonly tables: LiveTables
  readonly hasTarget: boolean
  /** Shared by the rules of the stage; undefined: its visits are never due. */
  readonly lateRisk: LateRisk | undefined
  /** By segment: the sum of its series' changes when it was last judged. */
  readonly seen: Map<SegmentKey, number>
}

/** Judges the rules of one process at an instant, over whatever its shards hold by then. */
export class Evaluator {
  readonly #process: ProcessDefinition
  readonly #rules: readonly WatchedRule[]
  readonly book: AlertBook

  constructor(process: ProcessDefinition) {
    this.#process = process
    const tables = new Map<string, LiveTables>()
    const tablesOf = ({ stage, by, windowMs }: RuleDefinition): LiveTables => {
      const key = JSON.stringify([stage, by, windowMs])
      const known = tables.get(key) ?? liveTablesOf(process, stage, windowMs)
      tables.set(key, known)
      return known
    }
    const lateRisks = new Map<number, LateRisk | undefined>()
    const lateRiskOfStage = (stage: number): LateRisk | undefined => {
      if (!lateRisks.has(stage)) lateRisks.set(stage, lateRiskReader(process, stage))
      return lateRisks.get(stage)
    }
    this.#rules = process.rules.map(rule => ({
      compiled: compileRule(process, rule),
      groups: new SegmentGroups(process, rule.stage, rule.by),
      tables: tablesOf(rule),
      hasTarget: hasDue(process.stages[rule.stage] as StageDefinition),
      lateRisk: lateRiskOfStage(rule.stage),
      seen: new Map(),
    }))
    this.book = new AlertBook(
      process.name,
      this.#rules.map(({ compiled }) => compiled),
    )
  }

  /**
   * @param at never before that of an earlier call.
   * @param only `touched`: the segments that have changed since they were last judged; time alone may wait for the next `all`.
   * @returns what changed in the alerts, by rule in the order of the file, then segment.
   */
  evaluate(
    at: Instant,
    shards: readonly Shard[],
    watermark: Instant | undefined,
    only: 'all' | 'touched',
  ): AlertTransition[] {
    const transitions: AlertTransition[] = []
    for (const rule of this.#rules) {
      const groups = rule.groups.of(shards)
      rule.tables.moveTo(at)
      rule.lateRisk?.moveTo(at, shards)
      for (const segment of this.#segmentsToJudge(rule, groups)) {
        const group = groups.get(segment) ?? { segment, parts: [], overdueParts: [] }
        const changes = group.parts.reduce((sum, { series }) => sum + series.changes, 0)
        if (only === 'touched' && rule.seen.get(segment) === changes) continue
        rule.seen.set(segment, changes)
        transitions.push(...this.#judge(rule, group, at, watermark))
      }
    }
    return transitions
  }

  restore(state: AlertBookState, at: Instant): readonly AlertTransition[] {
    return this.book.restore(state, at)
  }

  /** Those that have statistics, and those whose alert is under way though their statistics are gone. */
  #segmentsToJudge(rule: WatchedRule, groups: ReadonlyMap<SegmentKey, SegmentGroup>): SegmentKey[] {
    for (const segment of rule.seen.keys()) if (!groups.has(segment)) rule.seen.delete(segment)
    const vanished = this.book.segmentsOf(rule.compiled).filter(segment => !groups.has(segment))
    return [...groups.keys(), ...vanished].sort()
  }

  #judge(rule: WatchedRule, group: SegmentGroup, at: Instant, watermark: Instant | undefined) {
    const { windowMs } = rule.compiled.definition
    const { paneMs } = this.#process
    const windows = statisticsOf({
      parts: group.parts,
      overdueParts: group.overdueParts,
      windowMs,
      paneMs,
      at,
      hasTarget: rule.hasTarget,
      overdueByInstant: () => rule.lateRisk?.overdueOf(group.parts),
    })
    const table = () => rule.tables.of(group.segment, group.parts)
    const { lateRisk } = rule
    const lookup = withLateRisk(withLivePercentiles(windows, table), lateRisk && (() => lateRisk.countOf(group.parts)))
    const start = instant(windowPanes(at, windowMs, paneMs).first * paneMs)
    const verdict = judge(rule.compiled, { lookup, lifeTable: table, window: { start, end: at }, watermark })
    return this.book.advance(at, rule.compiled, group.segment, verdict)
  }
}
