import { AlertBook, type AlertBookState } from '../alerts/book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { MeasureDefinition, ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import { heldTimeRule } from '../rules/held-time.ts'
import { type CompiledRule, compileRule, type JudgeInput, judge } from '../rules/rule.ts'
import type { ShardView } from '../shard/view.ts'
import { type LateRisk, lateRiskReader } from '../windows/late-risk.ts'
import { type LiveTables, liveTablesOf } from '../windows/live-tables.ts'
import { windowPanes } from '../windows/span.ts'
import { measureSubject, type RuleSubject, stageSubject, type WatchedSegment } from './rule-subject.ts'

type WatchedRule = {
  readonly compiled: CompiledRule
  readonly subject: RuleSubject
  /** By segment: the sum of its series' changes when it was last judged. */
  readonly seen: Map<SegmentKey, number>
  /** The segments that have statistics, as they were last, and in the order in which they are judged. */
  segments: ReadonlyMap<SegmentKey, WatchedSegment> | undefined
  order: readonly SegmentKey[]
}

/** How far the logs are read when rules are judged. */
type SourcesAt = Pick<JudgeInput, 'watermark' | 'partial'>

/** Judges the rules of one process at an instant, over whatever its shards hold by then. */
export class Evaluator {
  readonly #process: ProcessDefinition
  readonly #rules: readonly WatchedRule[]
  readonly book: AlertBook

  constructor(process: ProcessDefinition) {
    this.#process = process
    const tables = new Map<string, LiveTables>()
    const tablesOf = ({ by, windowMs }: RuleDefinition, stage: number): LiveTables => {
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
      subject:
        rule.measure === undefined
          ? stageSubject(process, rule, rule.stage, tablesOf(rule, rule.stage), lateRiskOfStage(rule.stage))
          : measureSubject(rule, rule.measure, process.measures[rule.measure] as MeasureDefinition),
      seen: new Map(),
      segments: undefined,
      order: [],
    }))
    this.book = new AlertBook(process.name, [...this.#rules.map(({ compiled }) => compiled), heldTimeRule(process)])
  }

  /**
   * @param at never before that of an earlier call.
   * @param only `touched`: the segments that have changed since they were last judged; time alone may wait for the next `all`.
   * @returns what changed in the alerts, by rule in the order of the file, then segment.
   */
  evaluate(at: Instant, shards: readonly ShardView[], sources: SourcesAt, only: 'all' | 'touched'): AlertTransition[] {
    const transitions: AlertTransition[] = []
    for (const rule of this.#rules) {
      const segments = rule.subject.segmentsAt(at, shards)
      for (const segment of this.#segmentsToJudge(rule, segments)) {
        const watched = segments.get(segment) ?? rule.subject.vanished(segment)
        const changes = watched.changes()
        if (only === 'touched' && rule.seen.get(segment) === changes) continue
        rule.seen.set(segment, changes)
        transitions.push(...this.#judge(rule.compiled, segment, watched, at, sources))
      }
    }
    return transitions
  }

  restore(state: AlertBookState, at: Instant): readonly AlertTransition[] {
    return this.book.restore(state, at)
  }

  /** Those that have statistics, and those whose alert is under way though their statistics are gone. */
  #segmentsToJudge(rule: WatchedRule, segments: ReadonlyMap<SegmentKey, WatchedSegment>): readonly SegmentKey[] {
    if (segments !== rule.segments) {
      for (const segment of rule.seen.keys()) if (!segments.has(segment)) rule.seen.delete(segment)
      rule.segments = segments
      rule.order = [...segments.keys()].sort()
    }
    const vanished = this.book.segmentsOf(rule.compiled).filter(segment => !segments.has(segment))
    return vanished.length === 0 ? rule.order : [...rule.order, ...vanished].sort()
  }

  #judge(
    rule: CompiledRule,
    segment: SegmentKey,
    watched: WatchedSegment,
    at: Instant,
    sources: SourcesAt,
  ): readonly AlertTransition[] {
    const { paneMs } = this.#process
    const start = instant(windowPanes(at, rule.definition.windowMs, paneMs).first * paneMs)
    const verdict = judge(rule, { ...watched.statisticsAt(at), window: { start, end: at }, ...sources })
    return this.book.advance(at, rule, segment, verdict)
  }
}
