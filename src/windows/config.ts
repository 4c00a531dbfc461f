import type { MetricDefinition, ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import type { LiveStatisticName, StatisticName } from '../model/statistics.ts'
import { statisticsRead } from '../model/statistics-read.ts'
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

/** All window lengths that anyone asks for of a measure, shortest first. */
export const measureWindowsOf = (process: ProcessDefinition, measure: number): number[] =>
  askedWindowsMs(process, one => one.measure === measure)

/** The live percentiles that metrics and rules of a stage read, each once. */
export function livePercentilesOf(process: ProcessDefinition, stage: number): readonly LiveStatisticName[] {
  const ofMetrics = process.metrics.filter(metric => metric.stage === stage).map(metric => metric.statistic)
  const ofRules = process.rules.filter(rule => rule.stage === stage).flatMap(rule => statisticsRead(process, rule))
  return [...new Set([...(ofMetrics as StatisticName[]), ...ofRules])].filter(isLivePercentile)
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
  const asked = [...process.metrics, ...process.rules].filter(isAbout).map(one => one.windowMs as number)
  return [...new Set([...asked, displayedWindowMs(process, isAbout)])].sort((a, b) => a - b)
}
