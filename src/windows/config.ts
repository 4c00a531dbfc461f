import { lateRiskOf } from '../model/deadline.ts'
import type {
  Deadline,
  MetricDefinition,
  ProcessDefinition,
  RuleDefinition,
  StageDefinition,
} from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { stagesInside } from '../model/stage-graph.ts'
import type { LiveStatisticName, StatisticName } from '../model/statistics.ts'
import { isAboutTime, otherWindowsMs, statisticsRead } from '../model/statistics-read.ts'
import { type Comparison, isSameComparison } from './comparison.ts'
import { ENTRY_RATE_REACH_MS } from './entry-rate.ts'
import { isLivePercentile } from './live-percentile.ts'

/** The window over which the page shows a stage that no rule and no metric watches. */
export const DEFAULT_DISPLAY_WINDOW_MS = 900_000

/** The window over which the page shows a stage: that of its first metric, else of its first rule. */
export function displayWindowMs(process: ProcessDefinition, stage: number): number {
  return displayedWindowMs(process, one => one.stage === stage)
}

/** The window over which the page shows a measure, likewise. */
export const measureDisplayWindowMs = (process: ProcessDefinition, measure: number): number =>
  displayedWindowMs(process, one => one.measure === measure)

/** All window lengths that anyone asks for of a stage, shortest first. */
export function windowsOf(process: ProcessDefinition, stage: number): number[] {
  return askedWindowsMs(process, one => one.stage === stage)
}

/** What the window of a rule is compared with: as long a stretch, a day at most, that ends before what it fires of began. */
export const comparisonOf = ({ windowMs, forMs }: RuleDefinition): Comparison => ({
  windowMs,
  gapMs: forMs,
  beforeMs: Math.min(windowMs, DAY_MS),
})

/** The stages whose changes make those of a rule's stage; empty: those of its own segments do. */
export const stagesAttributed = (process: ProcessDefinition, rule: RuleDefinition): readonly number[] =>
  rule.stage !== undefined && isAboutTime(rule) ? stagesInside(process, rule.stage) : []

/** All comparisons that rules ask for of a stage: their own, and those of stages that span it. */
export function comparisonsOf(process: ProcessDefinition, stage: number): readonly Comparison[] {
  const asked = process.rules
    .filter(rule => rule.stage === stage || stagesAttributed(process, rule).includes(stage))
    .map(comparisonOf)
  return asked.filter((one, index) => asked.findIndex(other => isSameComparison(one, other)) === index)
}

const DAY_MS = 86_400_000

/** All window lengths that anyone asks for of a measure, shortest first. */
export const measureWindowsOf = (process: ProcessDefinition, measure: number): number[] =>
  askedWindowsMs(process, one => one.measure === measure)

/** The live percentiles that metrics and rules of a stage read, each once. */
export function livePercentilesOf(process: ProcessDefinition, stage: number): readonly LiveStatisticName[] {
  const ofMetrics = process.metrics.filter(metric => metric.stage === stage).map(metric => metric.statistic)
  const ofRules = process.rules.filter(rule => rule.stage === stage).flatMap(rule => statisticsRead(process, rule))
  return [...new Set([...(ofMetrics as StatisticName[]), ...ofRules])].filter(isLivePercentile)
}

/** Whether a metric or a rule of the stage reads `late_risk`. */
export const readsLateRisk = (process: ProcessDefinition, stage: number): boolean =>
  process.metrics.some(metric => metric.stage === stage && metric.statistic === 'late_risk') ||
  process.rules.some(rule => rule.stage === stage && statisticsRead(process, rule).includes('late_risk'))

/** Whether the stage's late risk is told: where it has a deadline, or a target and somebody who asks. */
export function tellsLateRisk(process: ProcessDefinition, stage: number): boolean {
  const definition = process.stages[stage] as StageDefinition
  return lateRiskOf(definition) !== undefined && (definition.deadline !== undefined || readsLateRisk(process, stage))
}

/**
 * By stage, rests included: how far back the life tables of deadlines reach that are made of it, in ms of its own time.
 *
 * A stage that only has a target keeps no such history until somebody asks for its `late_risk`.
 */
export function deadlineWindowsOf(process: ProcessDefinition): number[][] {
  const { all, deadlines } = foldStagesOf(process)
  const windows = all.map(() => new Set<number>())
  process.stages.forEach((stage, index) => {
    if (tellsLateRisk(process, index)) windows[index]?.add((lateRiskOf(stage) as Deadline).windowMs)
  })
  for (const { stage, positions } of deadlines) {
    const windowMs = process.stages[stage]?.deadline?.windowMs as number
    for (const position of positions) windows[position.stage]?.add(windowMs)
  }
  return windows.map(one => [...one].sort((left, right) => left - right))
}

/**
 * How far back panes of a stage are read beyond its windows, in ms of the stage's own time; 0: no further.
 *
 * A life table is widened to 24 h at most, or not at all where the window is longer; its width follows from the entries
 * of a day, which reach back a little further.
 */
export const reachMsOf = (process: ProcessDefinition, stage: number): number =>
  livePercentilesOf(process, stage).length === 0 ? 0 : ENTRY_RATE_REACH_MS

type Watcher = MetricDefinition | RuleDefinition

function displayedWindowMs(process: ProcessDefinition, isAbout: (one: Watcher) => boolean): number {
  const watched = [...process.metrics, ...process.rules].find(isAbout)
  return watched?.windowMs ?? Math.max(DEFAULT_DISPLAY_WINDOW_MS, process.paneMs)
}

function askedWindowsMs(process: ProcessDefinition, isAbout: (one: Watcher) => boolean): number[] {
  const asked = [
    ...[...process.metrics, ...process.rules].filter(isAbout).map(one => one.windowMs as number),
    ...process.rules.filter(isAbout).flatMap(rule => otherWindowsMs(rule, process.paneMs)),
  ]
  return [...new Set([...asked, displayedWindowMs(process, isAbout)])].sort((a, b) => a - b)
}
