import { AlertBook } from '../alerts/book.ts'
import { BELIEVED_FOR_MS } from '../alerts/lifecycle.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { type Instant, instant } from '../event/instant.ts'
import { type SegmentKey, type SegmentLabels, segmentKey, segmentLabels, TOTAL } from '../event/segment.ts'
import { definitionHash, VERSION_DIGITS } from '../model/definition-version.ts'
import type { MeasureDefinition, ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import { heldTimeRule } from '../rules/held-time.ts'
import { quietReasons } from '../rules/quiet-reasons.ts'
import { type CompiledRule, compileRule, type JudgeInput, judge, type Verdict } from '../rules/rule.ts'
import type { ShardView } from '../shard/view.ts'
import { type LateRisk, lateRiskReader } from '../windows/late-risk.ts'
import { type LiveTables, liveTablesOf } from '../windows/live-tables.ts'
import { windowPanes } from '../windows/span.ts'
import { Corrections } from './corrections.ts'
import type { EvaluatorState } from './evaluator-state.ts'
import type { RuleAtSegment } from './rule-at-segment.ts'
import { RuleMemory } from './rule-memory.ts'
import { RuleStorm } from './rule-storm.ts'
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
  readonly storm: RuleStorm
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
  readonly #corrections: Corrections
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
    const compiled = process.rules.map(rule =>
      compileRule(process, rule, definitionHash(rule).slice(0, VERSION_DIGITS)),
    )
    this.book = new AlertBook(process.name, [...compiled, heldTimeRule(process)])
    this.#rules = process.rules.map((rule, index) => ({
      compiled: compiled[index] as CompiledRule,
      storm: new RuleStorm(compiled[index] as CompiledRule, this.book),
      subject:
        rule.measure === undefined
          ? stageSubject(process, rule, rule.stage, tablesOf(rule, rule.stage), lateRiskOfStage(rule.stage))
          : measureSubject(rule, rule.measure, process.measures[rule.measure] as MeasureDefinition),
      seen: new Map(),
      segments: undefined,
      order: [],
    }))
    this.memory = new RuleMemory(process, compiled)
    this.#neighbours = new StageNeighbours(process)
    this.#corrections = new Corrections(process)
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
      const judged: Judged[] = []
      for (const segment of this.#segmentsToJudge(rule, segments, at)) {
        const watched = segments.get(segment) ?? rule.subject.vanished(segment)
        const changes = watched.changes()
        if (only === 'touched' && rule.seen.get(segment) === changes) continue
        rule.seen.set(segment, changes)
        const verdict = this.#verdictOf(rule.compiled, segment, watched, at, shards, sources)
        this.#judged?.(rule.compiled, segment, at, verdict)
        judged.push({ segment, watched, verdict })
      }
      const known = Math.max(segments.size, judged.length)
      for (const one of this.#advance(rule, judged, known, at, shards, sources, only)) transitions.push(one)
    }
    if (only === 'all') {
      const busy = new Set(transitions.map(({ id }) => id))
      transitions.push(...this.#correct(at, shards, sources, busy))
    }
    return transitions
  }

  #advance(
    { compiled, storm }: WatchedRule,
    judged: readonly Judged[],
    known: number,
    at: Instant,
    shards: readonly ShardView[],
    { watermark }: SourcesAt,
    only: 'all' | 'touched',
  ): AlertTransition[] {
    const transitions: AlertTransition[] = []
    const isStormy = storm.mayCome(known)
    if (isStormy && only === 'all') {
      const holding = judged.flatMap(({ segment, verdict }) => (verdict.breached === true ? [segment] : []))
      const window = this.#windowOf(compiled, at)
      transitions.push(...storm.look(at, { holding, judged: judged.length, window, watermark }))
    }
    // Of what was not touched nobody knows yet: the next evaluation of all says whether these are too many.
    let room = isStormy && only === 'touched' ? storm.room : Infinity
    if (isStormy && storm.isOn) room = 0
    for (const { segment, watched, verdict } of judged) {
      if (room === 0 && !storm.isUnderWay(segment)) continue
      const entered = this.book.advance(at, compiled, segment, verdict)
      const [transition] = entered
      if (transition === undefined) continue
      if (transition.from === 'inactive') room--
      transitions.push(transition)
      if (transition.because === 'breach-held' && this.#corrections.concerns(compiled)) {
        const partitions = shards.map(({ partition }) => partition)
        this.#corrections.note(compiled, segment, transition, watched, partitions)
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
        storm: watchedRule.storm.isOn ? { alert: this.book.kept(compiled, TOTAL).latest?.id } : undefined,
      }),
    }
  }

  snapshot(): Pick<EvaluatorState, 'book' | 'fired'> {
    const fired = this.#corrections.snapshot()
    return { book: this.book.snapshot(), ...(fired.length > 0 && { fired }) }
  }

  restore({ book, fired = [] }: Pick<EvaluatorState, 'book' | 'fired'>, at: Instant): readonly AlertTransition[] {
    this.#corrections.restore(fired)
    return this.book.restore(book, at)
  }

  /** Looks once more at alerts whose numbers are settled now. */
  #correct(
    at: Instant,
    shards: readonly ShardView[],
    sources: SourcesAt,
    busy: ReadonlySet<string>,
  ): AlertTransition[] {
    const partitions = shards.map(({ partition }) => partition)
    return this.#corrections.due(at, busy).flatMap(alert => {
      const { fired, segment } = alert
      const rule = this.#rules.find(({ compiled }) => compiled.definition.name === fired.rule)
      const watched = rule?.subject.segmentsAt(at, shards).get(segment)
      if (rule === undefined || watched === undefined) return []
      const corrected = this.#corrections.look(rule.compiled, alert, watched, partitions, sources.watermark)
      if (corrected === undefined) return []
      const holdsNow = this.#verdictOf(rule.compiled, segment, watched, at, shards, sources).breached === true
      const because = corrected.isFalse && !holdsNow ? 'withdrawn' : 'revised'
      return [this.book.correct(fired, segment, because, at, corrected)]
    })
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

  #verdictOf(
    rule: CompiledRule,
    segment: SegmentKey,
    watched: WatchedSegment,
    at: Instant,
    shards: readonly ShardView[],
    sources: SourcesAt,
  ): Verdict {
    const { windowMs, kind, stage } = rule.definition
    const { lookup, lifeTable, openCases } = watched.statisticsAt(at)
    const { watermark, partial, newest } = sources
    const isSilent = kind?.kind === 'absent' && newest !== undefined && newest < at - windowMs
    return judge(rule, {
      lookup: this.memory.withUsual(rule, segment, at, lookup),
      ...(lifeTable === undefined ? {} : { lifeTable }),
      ...(openCases === undefined ? {} : { openCases }),
      window: this.#windowOf(rule, at),
      watermark,
      ...(partial === undefined ? {} : { partial }),
      past: () => this.memory.pastOf(rule, segment, at),
      ...(stage === undefined ? {} : { neighbours: () => this.#neighbours.of(stage, at, shards, this.book) }),
      compared: () => this.#comparisons.of(rule.definition, segment, at, shards),
      silentSince: isSilent ? newest : undefined,
    })
  }

  #windowOf(
    { definition: { windowMs } }: CompiledRule,
    at: Instant,
  ): { readonly start: Instant; readonly end: Instant } {
    const { paneMs } = this.#process
    return { start: instant(windowPanes(at, windowMs, paneMs).first * paneMs), end: at }
  }
}

/** A segment, and how it stands with a rule. */
type Judged = { readonly segment: SegmentKey; readonly watched: WatchedSegment; readonly verdict: Verdict }
