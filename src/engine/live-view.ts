import type { AlertAction } from '../alerts/alert-action.ts'
import type { Labelled } from '../alerts/alert-labels.ts'
import { type AlertMarks, unmarked } from '../alerts/alert-marks.ts'
import type { AlertOverlay } from '../alerts/overlay.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import { type SegmentLabels, segmentLabels } from '../event/segment.ts'
import { hasDue } from '../model/deadline.ts'
import type { ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import { type LiveStatisticName, type StatisticName, statisticNames } from '../model/statistics.ts'
import { dimensionsOf } from '../shard/rows.ts'
import type { SourceState } from '../source/source.ts'
import { displayWindowMs, livePercentilesOf } from '../windows/config.ts'
import { type LateRisk, lateRiskReader } from '../windows/late-risk.ts'
import { withLateRisk } from '../windows/late-risk-statistic.ts'
import { withLivePercentiles } from '../windows/live-percentile.ts'
import { type LiveTables, liveTablesOf } from '../windows/live-tables.ts'
import { statisticsOf } from '../windows/statistics.ts'
import { CaseDeadlines } from './case-deadlines.ts'
import type { NamedDue } from './fold-messages.ts'
import { type Hush, noHush } from './hush.ts'
import { openStage, valuesOf } from './open-stage.ts'
import type { ProcessEngine } from './process-engine.ts'
import type { RuleAtSegment } from './rule-at-segment.ts'
import { type SegmentGroup, SegmentGroups } from './segment-groups.ts'
import { ShownActions } from './shown-actions.ts'
import type {
  EngineView,
  MeasureStatistics,
  OpenDeadline,
  OpenStage,
  PartitionStatus,
  ProcessStatus,
  SegmentStatistics,
  SourceStatus,
  StageStatistics,
} from './view.ts'
import { watchMeasures } from './watched-measures.ts'

/** Resolved alerts are shown for so long. */
const SHOW_RESOLVED_MS = 86_400_000

/** Transitions that may be kept for showing; the oldest ended ones leave first. */
const MAX_SHOWN = 1_000

/** Where the open visits of a case stand, of a process. */
export type AskDues = (process: string, caseId: string) => Promise<readonly NamedDue[]>

type WatchedStage = {
  readonly windowMs: number
  readonly total: Cut
  /** undefined: the stage has no dimensions. */
  readonly segments: Cut | undefined
  /** What is shown: see `shownStatistics`. */
  readonly ofTotal: readonly StatisticName[]
  readonly ofSegments: readonly StatisticName[]
  /** undefined: nobody asks for late risk, or its visits are never due. */
  readonly lateRisk: LateRisk | undefined
}

/** A stage's segments, and the life tables of each. */
type Cut = { readonly groups: SegmentGroups; readonly tables: LiveTables }

type Watched = {
  readonly engine: ProcessEngine
  readonly stages: readonly WatchedStage[]
  readonly measures: (at: Instant) => readonly MeasureStatistics[]
  readonly cases: CaseDeadlines
  source: SourceStatus
  /** The latest transition of each alert, by id, in the order of those transitions. */
  readonly latest: Map<string, AlertTransition>
}

/** What the engine shows to gateway and exporter, answered from memory at the moment it is asked. */
export class LiveView implements EngineView {
  readonly processes: readonly ProcessDefinition[]
  readonly #watched: ReadonlyMap<string, Watched>
  readonly #transitionListeners = new Set<(transition: AlertTransition, readAt: Instant | undefined) => void>()
  readonly #evaluationListeners = new Set<(process: string, readAt: Instant | undefined) => void>()
  readonly #actionListeners = new Set<(transition: AlertTransition) => void>()
  readonly #actions = new ShownActions()
  readonly #hush: Hush

  /**
   * @param elsewhere asks the shards that are folded elsewhere for a case; default: there are none.
   * @param hush default: nothing is kept from anybody.
   */
  constructor(
    engines: readonly ProcessEngine[],
    startedAt: Instant,
    elsewhere: AskDues = async () => [],
    hush: Hush = noHush,
  ) {
    this.#hush = hush
    this.processes = engines.map(({ process }) => process)
    this.#watched = new Map(engines.map(engine => [engine.process.name, watch(engine, startedAt, elsewhere)]))
  }

  /** Shows transitions; with `tell`, to those who listen too. @param readAt as they are told. */
  add(transitions: readonly AlertTransition[], tell: boolean, readAt?: Instant): void {
    for (const transition of transitions) {
      const { latest } = this.#of(transition.process)
      latest.delete(transition.id)
      latest.set(transition.id, transition)
      const dropped = latest.size > MAX_SHOWN ? dropOldestEnded(latest) : undefined
      if (dropped !== undefined) this.#actions.forget(dropped)
      if (tell) for (const listener of this.#transitionListeners) listener(transition, readAt)
    }
  }

  /** Shows what people did, in the journal's order; with `tell`, to those who listen too. Alerts that are not shown are left out. */
  addActions(actions: readonly AlertAction[], tell: boolean): void {
    for (const action of actions) {
      const transition = this.#watched.get(action.process)?.latest.get(action.alert)
      if (transition === undefined) continue
      this.#actions.add(action)
      if (tell) for (const listener of this.#actionListeners) listener(transition)
    }
  }

  /** Tells those who listen that other marks lie on these alerts. */
  tellMarks(alerts: Iterable<AlertTransition>): void {
    for (const transition of alerts) for (const listener of this.#actionListeners) listener(transition)
  }

  setSource(process: string, state: SourceState, at: Instant): void {
    const watched = this.#of(process)
    // Another reason why it does not work is no new beginning.
    watched.source = { ...state, since: state.kind === watched.source.kind ? watched.source.since : at }
  }

  tellEvaluated(process: string, readAt?: Instant): void {
    for (const listener of this.#evaluationListeners) listener(process, readAt)
  }

  status(process: string): ProcessStatus {
    const { engine, source } = this.#of(process)
    const catchingUp = engine.isCatchingUp || !engine.isThroughHistory
    const { since } = engine.heldTime
    return {
      process,
      source,
      evaluatedAt: engine.evaluatedAt,
      watermark: engine.watermark,
      catchingUp,
      heldBy: catchingUp ? engine.heldBy : [],
      held: since === undefined ? undefined : { since, by: engine.heldBy },
      unknownEnds: engine.unknownEnds,
      casesInMemory: engine.shards.reduce((sum, shard) => sum + shard.casesInMemory, 0),
      partitions: engine.partitions.map(({ id, shard, topic, isAtEnd, progress, watermark }): PartitionStatus => {
        const next = shard.nextOffsetOf(topic)
        return {
          ...id,
          offset: next === 0 ? undefined : next - 1,
          watermark: Number.isFinite(watermark) ? instant(watermark) : undefined,
          atEnd: isAtEnd,
          progress,
          counts: shard.countsOf(topic),
        }
      }),
    }
  }

  statistics(process: string): readonly StageStatistics[] {
    const { engine, stages } = this.#of(process)
    const at = engine.evaluatedAt
    const isEndUnknown = engine.unknownEnds.length > 0
    return engine.process.stages.map((stage, index) => {
      const watched = stages[index] as WatchedStage
      if (at !== undefined) watched.lateRisk?.moveTo(at, engine.shards)
      const show = (cut: Cut | undefined): SegmentStatistics[] => {
        if (cut === undefined || at === undefined) return []
        cut.tables.moveTo(at)
        return [...cut.groups.of(engine.shards).values()]
          .sort((left, right) => (left.segment < right.segment ? -1 : 1))
          .map(group => segmentStatistics(engine.process, stage, watched, cut, group, at))
      }
      return {
        stage: stage.name,
        windowMs: durationMs(watched.windowMs),
        segments: [...show(watched.total), ...show(watched.segments)],
        partial: isEndUnknown || engine.shards.some(shard => shard.isPartial(index)),
      }
    })
  }

  measureStatistics(process: string): readonly MeasureStatistics[] {
    const { engine, measures } = this.#of(process)
    return engine.evaluatedAt === undefined ? [] : measures(engine.evaluatedAt)
  }

  openStage(process: string, stage: string, segment: SegmentLabels): OpenStage | undefined {
    const { engine, stages } = this.#of(process)
    const index = engine.process.stages.findIndex(({ name }) => name === stage)
    const watched = stages[index]
    const at = engine.evaluatedAt
    if (watched === undefined || at === undefined) return undefined
    watched.lateRisk?.moveTo(at, engine.shards)
    const { windowMs, lateRisk } = watched
    const { process: definition, shards } = engine
    return openStage({ process: definition, stage: index, segment, windowMs, at, shards, lateRisk })
  }

  deadlinesOf(process: string, caseId: string): Promise<readonly OpenDeadline[]> {
    return this.#of(process).cases.of(caseId)
  }

  explain(process: string, rule: string, segment: SegmentLabels): RuleAtSegment | undefined {
    const { engine, latest } = this.#of(process)
    const found = engine.explain(rule, segment)
    if (found === undefined) return undefined
    const alert = found.alert === undefined ? undefined : latest.get(found.alert)
    return { ...found, quiet: [...found.quiet, ...this.#hush.reasons(labelledAs(engine.process, found), alert)] }
  }

  alerts(process: string): readonly AlertTransition[] {
    const { engine, latest } = this.#of(process)
    const shownSince = (engine.evaluatedAt ?? 0) - SHOW_RESOLVED_MS
    return [...latest.values()].filter(
      ({ state, at }) => state !== 'inactive' && (state !== 'resolved' || at >= shownSince),
    )
  }

  actionsOf(alert: string): readonly AlertAction[] {
    return this.#actions.actionsOf(alert)
  }

  overlayOf(alert: string): AlertOverlay {
    return this.#actions.overlayOf(alert)
  }

  marksOf(alert: string): AlertMarks {
    for (const { latest } of this.#watched.values()) {
      const transition = latest.get(alert)
      if (transition !== undefined) return this.#hush.marksOf(transition)
    }
    return unmarked
  }

  onAction(listener: (transition: AlertTransition) => void): () => void {
    this.#actionListeners.add(listener)
    return () => this.#actionListeners.delete(listener)
  }

  onTransition(listener: (transition: AlertTransition, readAt: Instant | undefined) => void): () => void {
    this.#transitionListeners.add(listener)
    return () => this.#transitionListeners.delete(listener)
  }

  onEvaluation(listener: (process: string, readAt: Instant | undefined) => void): () => void {
    this.#evaluationListeners.add(listener)
    return () => this.#evaluationListeners.delete(listener)
  }

  #of(process: string): Watched {
    const watched = this.#watched.get(process)
    if (watched === undefined) throw new Error(`there is no process ${process}`)
    return watched
  }
}

/** What an alert of a rule at a segment has as labels. */
function labelledAs(process: ProcessDefinition, { rule: name, labels: segment }: RuleAtSegment): Labelled {
  const rule = process.rules.find(each => each.name === name)
  if (rule === undefined) throw new Error(`process ${process.name} has no rule ${name}`)
  const { owner, severity } = rule
  const stage = rule.stage === undefined ? undefined : process.stages[rule.stage]?.name
  const measure = rule.measure === undefined ? undefined : process.measures[rule.measure]?.name
  return { rule: name, process: process.name, stage, measure, owner, severity, segment }
}

function watch(engine: ProcessEngine, startedAt: Instant, elsewhere: AskDues): Watched {
  const { process } = engine
  return {
    engine,
    cases: new CaseDeadlines(engine, caseId => elsewhere(process.name, caseId)),
    source: { kind: 'connecting', to: 'its source', since: startedAt },
    stages: process.stages.map((stage, index) => {
      const windowMs = displayWindowMs(process, index)
      const lateRisk = lateRiskReader(process, index)
      const cut = (by: readonly number[]): Cut => ({
        groups: new SegmentGroups(process, index, by),
        tables: liveTablesOf(process, index, windowMs),
      })
      return {
        windowMs,
        total: cut([]),
        segments: stage.by.length === 0 ? undefined : cut(stage.by),
        ...shownStatistics(livePercentilesOf(process, index), lateRisk),
        lateRisk,
      }
    }),
    measures: watchMeasures(engine),
    latest: new Map(),
  }
}

/**
 * A stage as a whole always tells its live p90: whether it stands still must not depend on what rules ask for. Of its
 * segments it is told where somebody asks, since each takes a life table of its own.
 */
function shownStatistics(asked: readonly LiveStatisticName[], lateRisk: unknown) {
  const ofSegments: readonly StatisticName[] = [
    ...statisticNames,
    ...asked,
    ...(lateRisk ? (['late_risk'] as const) : []),
  ]
  const ofTotal: readonly StatisticName[] = asked.includes('live_p90') ? ofSegments : [...ofSegments, 'live_p90']
  return { ofTotal, ofSegments }
}

function segmentStatistics(
  process: ProcessDefinition,
  stage: StageDefinition,
  { windowMs, total, ofTotal, ofSegments, lateRisk }: WatchedStage,
  cut: Cut,
  { segment, parts, overdueParts }: SegmentGroup,
  at: Instant,
): SegmentStatistics {
  const windows = statisticsOf({
    parts,
    overdueParts,
    windowMs,
    paneMs: process.paneMs,
    at,
    hasTarget: hasDue(stage),
    overdueByInstant: () => lateRisk?.overdueOf(parts),
  })
  const live = withLivePercentiles(windows, () => cut.tables.of(segment, parts))
  const lookup = withLateRisk(live, lateRisk && (() => lateRisk.countOf(parts)))
  const isTotal = cut === total
  return {
    segment: isTotal ? {} : segmentLabels(dimensionsOf(process, stage), segment),
    total: isTotal,
    ...valuesOf(isTotal ? ofTotal : ofSegments, lookup),
  }
}

/**
 * Alerts under way always stay; there are no more of them than rules times segments.
 *
 * @returns whose it was; undefined: none has ended.
 */
function dropOldestEnded(latest: Map<string, AlertTransition>): string | undefined {
  for (const [id, { state }] of latest) {
    if (state !== 'resolved' && state !== 'inactive') continue
    latest.delete(id)
    return id
  }
  return undefined
}
