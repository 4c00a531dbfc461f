import { AlertBook, type AlertBookState } from '../alerts/book.ts'
import { BELIEVED_FOR_MS } from '../alerts/lifecycle.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import { type SegmentKey, type SegmentLabels, segmentKey, segmentLabels } from '../event/segment.ts'
import type { MeasureDefinition, ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import { heldTimeRule } from '../rules/held-time.ts'
import { quietReasons } from '../rules/quiet-reasons.ts'
import { type CompiledRule, compileRule, type JudgeInput, judge, type Verdict } from '../rules/rule.ts'
import type { ShardView } from '../shard/view.ts'
import { type LateRisk, lateRiskReader } from '../windows/late-risk.ts'
import { type LiveTables, liveTablesOf } from '../windows/live-tables.ts'
import { windowPanes } from '../windows/span.ts'
import type { RuleAtSegment } from './rule-at-segment.ts'
import { RuleMemory } from './rule-memory.ts'
import { measureSubject, type RuleSubject, stageSubject, type WatchedSegment } from './rule-subject.ts'
import { StageComparisons } from './stage-comparisons.ts'
import { StageNeighbours } from './stage-neighbours.ts'

type WatchedRule = {
  readonly compiled: CompiledRule
  readonly subject: RuleSubject
  /** By segment: the sum of its series' changes when it was last judged. */
  readonly seen: Map<SegmentKey, number>
  /** The segments that have statistics, as they were last, and in the order in which they are judged. */
  segments: ReadonlyMap<SegmentKey, WatchedSegment> | undefined
  order: readonly SegmentKey[]
}

/** Is shown every verdict, also those that change nothing; it may read them only while it is called. */
export type JudgedListener = (rule: CompiledRule, segment: SegmentKey, at: Instant, verdict: Verdict) => void

/** How far the logs are read when rules are judged. */
export type SourcesAt = Pick<JudgeInput, 'watermark' | 'partial'> & {
  /** The newest event of all partitions; undefined: there is none. */
  readonly newest?: Instant | undefined
}

/** Judges the rules of one process at an instant, over whatever its shards hold by then. */
export class Evaluator {
  readonly #process: ProcessDefinition
  readonly #rules: readonly WatchedRule[]
  readonly #judged: JudgedListener | undefined
  readonly book: AlertBook
  readonly memory: RuleMemory
  readonly #neighbours: StageNeighbours
  readonly #comparisons: StageComparisons

  constructor(process: ProcessDefinition, judged?: JudgedListener) {
    this.#process = process
    this.#judged = judged
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
    const compiled = this.#rules.map(rule => rule.compiled)
    this.book = new AlertBook(process.name, [...compiled, heldTimeRule(process)])
    this.memory = new RuleMemory(process, compiled)
    this.#neighbours = new StageNeighbours(process)
    this.#comparisons = new StageComparisons(process)
  }

  /**
   * @param at never before that of an earlier call.
   * @param only `touched`: the segments that have changed since they were last judged; time alone may wait for the next `all`.
   * @returns what changed in the alerts, by rule in the order of the file, then segment.
   */
  evaluate(at: Instant, shards: readonly ShardView[], sources: SourcesAt, only: 'all' | 'touched'): AlertTransition[] {
    const transitions: AlertTransition[] = []
    this.#comparisons.begin(at, only === 'all' ? shards : undefined)
    if (only === 'all' && this.memory.isDue(at)) this.#remember(at, shards)
    for (const rule of this.#rules) {
      const segments = rule.subject.segmentsAt(at, shards)
      for (const segment of this.#segmentsToJudge(rule, segments, at)) {
        const watched = segments.get(segment) ?? rule.subject.vanished(segment)
        const changes = watched.changes()
        if (only === 'touched' && rule.seen.get(segment) === changes) continue
        rule.seen.set(segment, changes)
        transitions.push(...this.#judge(rule.compiled, segment, watched, at, shards, sources))
      }
    }
    return transitions
  }

  /**
   * How a rule stands at a segment; nothing changes by it.
   *
   * @param at the last evaluation instant.
   * @param labels of the segment; undefined: there is no such rule, or it is cut by other dimensions.
   */
  explain(
    name: string,
    labels: SegmentLabels,
    at: Instant,
    shards: readonly ShardView[],
    sources: SourcesAt,
  ): RuleAtSegment | undefined {
    this.#comparisons.begin(at, undefined)
    const watchedRule = this.#rules.find(({ compiled }) => compiled.definition.name === name)
    if (watchedRule === undefined) return undefined
    const { compiled, subject } = watchedRule
    const { definition, dimensions } = compiled
    if (dimensions.some(dimension => labels[dimension] === undefined)) return undefined
    if (Object.keys(labels).length !== dimensions.length) return undefined
    const segment = segmentKey(dimensions.map(dimension => labels[dimension] ?? null))
    const segments = subject.segmentsAt(at, shards)
    const known = segments.get(segment)
    const { explanation, summary } = this.#verdictOf(
      compiled,
      segment,
      known ?? subject.vanished(segment),
      at,
      shards,
      sources,
    )
    const { state, latest } = this.book.kept(compiled, segment)
    const ordered = segmentLabels(dimensions, segment)
    return {
      rule: name,
      measure: definition.measure,
      deviationOf: definition.kind?.kind === 'deviation' ? definition.kind.of : undefined,
      labels: ordered,
      at,
      phase: state.phase,
      alert: latest?.id,
      summary: explanation.result === true ? summary(ordered) : undefined,
      explanation,
      quiet: quietReasons({
        at,
        explanation,
        state,
        believedForMs: BELIEVED_FOR_MS,
        forMs: definition.forMs,
        keepFiringForMs: definition.keepFiringForMs,
        hasSegment: known !== undefined,
        isExpected: definition.kind?.kind !== 'absent' || this.memory.expectedOf(compiled, at).includes(segment),
        grace: definition.kind?.kind === 'absent' ? undefined : this.memory.graceOf(compiled, segment, at),
      }),
    }
  }

  restore(state: AlertBookState, at: Instant): readonly AlertTransition[] {
    return this.book.restore(state, at)
  }

  #remember(at: Instant, shards: readonly ShardView[]): void {
    const byRule = new Map(this.#rules.map(rule => [rule.compiled, rule]))
    const compiled = [...byRule.keys()]
    const { memory } = this
    memory.remember(at, compiled, function* (rule) {
      const watched = (byRule.get(rule) as WatchedRule).subject.segmentsAt(at, shards)
      for (const [segment, one] of watched) yield [segment, one.statisticsAt(at).lookup]
    })
  }

  /**
   * Those that have statistics, and those whose alert is under way though their statistics are gone. Of an absence, those in
   * which something should happen.
   */
  #segmentsToJudge(
    rule: WatchedRule,
    segments: ReadonlyMap<SegmentKey, WatchedSegment>,
    at: Instant,
  ): readonly SegmentKey[] {
    const { compiled } = rule
    if (compiled.definition.kind?.kind === 'absent') {
      return [...new Set([...this.memory.expectedOf(compiled, at), ...this.book.segmentsOf(compiled)])].sort()
    }
    const all = this.#segmentsWithStatistics(rule, segments)
    if (compiled.definition.graceMs === 0) return all
    const underWay = new Set(this.book.segmentsOf(compiled))
    return all.filter(segment => underWay.has(segment) || this.memory.graceOf(compiled, segment, at) === undefined)
  }

  #segmentsWithStatistics(rule: WatchedRule, segments: ReadonlyMap<SegmentKey, WatchedSegment>): readonly SegmentKey[] {
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
    shards: readonly ShardView[],
    sources: SourcesAt,
  ): readonly AlertTransition[] {
    const verdict = this.#verdictOf(rule, segment, watched, at, shards, sources)
    this.#judged?.(rule, segment, at, verdict)
    return this.book.advance(at, rule, segment, verdict)
  }

  #verdictOf(
    rule: CompiledRule,
    segment: SegmentKey,
    watched: WatchedSegment,
    at: Instant,
    shards: readonly ShardView[],
    sources: SourcesAt,
  ): Verdict {
    const { paneMs } = this.#process
    const { windowMs, kind, stage } = rule.definition
    const start = instant(windowPanes(at, windowMs, paneMs).first * paneMs)
    const { lookup, lifeTable } = watched.statisticsAt(at)
    const { watermark, partial, newest } = sources
    const isSilent = kind?.kind === 'absent' && newest !== undefined && newest < at - windowMs
    return judge(rule, {
      lookup: this.memory.withUsual(rule, segment, at, lookup),
      ...(lifeTable === undefined ? {} : { lifeTable }),
      window: { start, end: at },
      watermark,
      ...(partial === undefined ? {} : { partial }),
      past: () => this.memory.pastOf(rule, segment, at),
      ...(stage === undefined ? {} : { neighbours: () => this.#neighbours.of(stage, at, shards, this.book) }),
      compared: () => this.#comparisons.of(rule.definition, segment, at, shards),
      silentSince: isSilent ? newest : undefined,
    })
  }
}
