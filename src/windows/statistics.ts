import type { StatisticLookup, StatisticName } from '../model/statistics.ts'
import type { Series } from './series.ts'
import { addTotals, type Extremes, newTotals, type WindowTotals } from './sliding-window.ts'
import { lastPaneBefore } from './span.ts'

/** One of the series that a statistic adds up: the same segment of several shards, or several segments. */
export type SeriesPart = {
  readonly series: Series
  /** Target in ms of this part's visits. */
  readonly targetMs: number | undefined
}

/** What is asked: a window at an instant, over some series. */
export type StatisticsQuestion = {
  readonly parts: readonly SeriesPart[]
  readonly windowMs: number
  readonly paneMs: number
  readonly at: number
  /** The stage has a target, so `breached`, `within_target` and `overdue` mean something. */
  readonly hasTarget: boolean
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
export function statisticsOf(question: StatisticsQuestion): StatisticLookup {
  const { parts, windowMs, at, hasTarget } = question
  const windows = parts.map(({ series }) => series.windowAt(windowMs, at))
  const totals = onlyOf(windows)?.totals ?? sumOf(windows.map(window => window.totals))
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
        return hasTarget ? overdueOf(question) : undefined
      case 'at_risk':
        return openAges().total + totals.exited + totals.abandoned + totals.expired
      default: {
        const quantile = quantiles[name]
        if (quantile !== undefined) return durationQuantile(totals, quantile, extremes())
        const ageQuantile = ageQuantiles[name]
        if (ageQuantile !== undefined) return openAges().quantile(ageQuantile)
        throw new Error(`${name} is no statistic`)
      }
    }
  }
}

/** The age at T of visits that entered in a pane: from the middle of the pane, so right to half its width; never negative. */
function ageOf(pane: number, paneMs: number, at: number): number {
  return Math.max(0, at - (pane + 0.5) * paneMs)
}

class OpenAges {
  /** Number of open visits that had entered by T. */
  readonly total: number
  readonly #byPane: readonly (readonly [pane: number, count: number])[]
  readonly #question: StatisticsQuestion

  constructor(question: StatisticsQuestion) {
    this.#question = question
    const last = lastPaneBefore(question.at, question.paneMs)
    const entries: [number, number][] = []
    let total = 0
    for (const { series } of question.parts) {
      series.open.forEachUntil(last, (pane, count) => {
        entries.push([pane, count])
        total += count
      })
    }
    this.total = total
    this.#byPane = question.parts.length > 1 ? entries.sort(([left], [right]) => left - right) : entries
  }

  /** Nearest rank; the youngest pane holds the smallest ages. */
  quantile(q: number): number | undefined {
    if (this.total === 0) return undefined
    let left = Math.max(1, Math.ceil(q * this.total))
    for (let index = this.#byPane.length - 1; index >= 0; index--) {
      const [pane, count] = this.#byPane[index] as readonly [number, number]
      left -= count
      if (left <= 0) return ageOf(pane, this.#question.paneMs, this.#question.at)
    }
    throw new Error('open visits do not add up to their total')
  }
}

function overdueOf({ overdueParts, paneMs, at }: StatisticsQuestion): number {
  const last = lastPaneBefore(at, paneMs)
  let overdue = 0
  for (const { series, targetMs } of overdueParts) {
    if (targetMs === undefined) continue
    series.open.forEachUntil(last, (pane, count) => {
      if (ageOf(pane, paneMs, at) > targetMs) overdue += count
    })
  }
  return overdue
}

/** The middle of the bucket, kept within what was really seen. */
function durationQuantile(totals: WindowTotals, q: number, { minMs, maxMs }: Extremes): number | undefined {
  const middle = totals.durations.quantile(q)
  if (middle === undefined) return undefined
  return Math.min(maxMs ?? Infinity, Math.max(minMs ?? 0, middle))
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

function sumOf(totals: readonly WindowTotals[]): WindowTotals {
  const sum = newTotals()
  for (const one of totals) addTotals(sum, one)
  return sum
}

const onlyOf = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)
