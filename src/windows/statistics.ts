import type { StatisticLookup, StatisticName } from '../model/statistics.ts'
import { Histogram } from './histogram.ts'
import { OpenAges, overdueOf } from './open-ages.ts'
import { overWindows } from './over-windows.ts'
import { addCounts, type Extremes, newCounts, type SlidingWindow, type WindowCounts } from './sliding-window.ts'
import type { SeriesView } from './views.ts'

/** One of the series that a statistic adds up: the same segment of several shards, or several segments. */
export type SeriesPart = {
  readonly series: SeriesView
  /** Target in ms of this part's visits. */
  readonly targetMs: number | undefined
}

/** What is asked: a window at an instant, over some series. */
export type StatisticsQuestion = {
  readonly parts: readonly SeriesPart[]
  readonly windowMs: number
  readonly paneMs: number
  readonly at: number
  /** The stage has a target or due instants, so `breached`, `within_target` and `overdue` mean something. */
  readonly hasTarget: boolean
  /** How many are overdue, where their events name due instants; undefined, or it gives none: targets are compared with ages. */
  readonly overdueByInstant?: () => number | undefined
  /** Parts whose open visits are compared with their targets; differ from `parts` for a total over segments with targets of their own. */
  readonly overdueParts: readonly SeriesPart[]
}

const hourMs = 3_600_000

const quantiles: Partial<Record<StatisticName, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 }
const ageQuantiles: Partial<Record<StatisticName, number>> = {
  age_p50: 0.5,
  age_p75: 0.75,
  age_p90: 0.9,
  age_p95: 0.95,
  age_p99: 0.99,
  age_max: 1,
}

/**
 * Statistics over series, each computed when it is asked for.
 *
 * @returns a lookup that is valid until the next event is folded. Durations in ms, `throughput` per hour.
 */
export const statisticsOf = (question: StatisticsQuestion): StatisticLookup => overWindows(question, lookupOver)

function lookupOver(question: StatisticsQuestion): StatisticLookup {
  const { parts, windowMs, at, hasTarget } = question
  const windows = parts.map(({ series }) => series.windowAt(windowMs, at))
  const totals = onlyOf(windows)?.totals ?? sumOf(windows)
  // Histograms are merged only where somebody asks for a percentile.
  let merged: Histogram | undefined
  const histogram = (): Histogram => {
    merged ??= onlyOf(windows)?.totals.durations ?? mergedOf(windows)
    return merged
  }
  let ages: OpenAges | undefined
  const openAges = (): OpenAges => {
    ages ??= new OpenAges(question)
    return ages
  }
  let durations: Extremes | undefined
  const extremes = (): Extremes => {
    durations ??= extremesOf(question)
    return durations
  }
  return name => {
    switch (name) {
      case 'entered':
      case 'exited':
      case 'abandoned':
      case 'expired':
      case 'reworked':
        return totals[name]
      case 'throughput': {
        const range = windows[0]?.range
        const lengthMs = range === undefined ? windowMs : at - range.first * question.paneMs
        return (totals.exited * hourMs) / lengthMs
      }
      case 'sum':
        return totals.sumMs
      case 'avg':
        return totals.exited === 0 ? undefined : totals.sumMs / totals.exited
      case 'min':
        return extremes().minMs
      case 'max':
        return extremes().maxMs
      case 'breached':
        return hasTarget ? totals.breached : undefined
      case 'within_target':
        return hasTarget && totals.exited > 0 ? 1 - totals.breached / totals.exited : undefined
      case 'wip':
        return openAges().total
      case 'overdue':
        return hasTarget ? (question.overdueByInstant?.() ?? overdueOf(question)) : undefined
      case 'at_risk':
        return openAges().total + totals.exited + totals.abandoned + totals.expired
      default: {
        const quantile = quantiles[name]
        if (quantile !== undefined) return histogram().quantileWithin(quantile, extremes)
        const ageQuantile = ageQuantiles[name]
        if (ageQuantile !== undefined) return openAges().quantile(ageQuantile)
        throw new Error(`${name} is no statistic`)
      }
    }
  }
}

function extremesOf({ parts, windowMs, at }: StatisticsQuestion): Extremes {
  let minMs: number | undefined
  let maxMs: number | undefined
  for (const { series } of parts) {
    const found = series.extremesAt(windowMs, at)
    if (found.minMs !== undefined && (minMs === undefined || found.minMs < minMs)) minMs = found.minMs
    if (found.maxMs !== undefined && (maxMs === undefined || found.maxMs > maxMs)) maxMs = found.maxMs
  }
  return { minMs, maxMs }
}

function sumOf(windows: readonly SlidingWindow[]): WindowCounts {
  const sum = newCounts()
  for (const { totals } of windows) addCounts(sum, totals)
  return sum
}

function mergedOf(windows: readonly SlidingWindow[]): Histogram {
  const merged = new Histogram()
  for (const { totals } of windows) totals.durations.addTo(merged)
  return merged
}

const onlyOf = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)
