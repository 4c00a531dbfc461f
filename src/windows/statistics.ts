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
        if (quantile !== undefined) return totals.durations.quantileWithin(quantile, extremes)
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
  readonly #question: StatisticsQuestion
  /** Visits by pane of entry, rising, of all parts together; made when it is asked for. */
  #byPane: readonly (readonly [pane: number, count: number])[] | undefined

  constructor(question: StatisticsQuestion) {
    const last = lastPaneBefore(question.at, question.paneMs)
    this.#question = question
    this.total = question.parts.reduce((total, { series }) => total + series.open.countUntil(last), 0)
  }

  /** Nearest rank; the youngest pane holds the smallest ages. */
  quantile(q: number): number | undefined {
    if (this.total === 0) return undefined
    const rank = Math.max(1, Math.ceil(q * this.total))
    const { parts, paneMs, at } = this.#question
    const only = onlyOf(parts)?.series.open
    const pane = only?.paneOfRank(this.total - rank + 1) ?? this.#paneOfYoungest(rank)
    return ageOf(pane, paneMs, at)
  }

  #paneOfYoungest(rank: number): number {
    this.#byPane ??= entriesOf(this.#question)
    let left = rank
    for (let index = this.#byPane.length - 1; index >= 0; index--) {
      const [pane, count] = this.#byPane[index] as readonly [number, number]
      left -= count
      if (left <= 0) return pane
    }
    throw new Error('open visits do not add up to their total')
  }
}

function entriesOf({ parts, paneMs, at }: StatisticsQuestion): [pane: number, count: number][] {
  const last = lastPaneBefore(at, paneMs)
  const entries: [number, number][] = []
  for (const { series } of parts) series.open.forEachUntil(last, (pane, count) => entries.push([pane, count]))
  return entries.sort(([left], [right]) => left - right)
}

function overdueOf({ overdueParts, paneMs, at }: StatisticsQuestion): number {
  let overdue = 0
  for (const { series, targetMs } of overdueParts) {
    if (targetMs !== undefined) overdue += series.open.countUntil(lastOverduePane(targetMs, paneMs, at))
  }
  return overdue
}

/** The youngest pane whose visits are older than the target. */
function lastOverduePane(targetMs: number, paneMs: number, at: number): number {
  // Rounding may be off by a pane; the age itself decides.
  let pane = Math.ceil((at - targetMs) / paneMs) + 1
  while (!(ageOf(pane, paneMs, at) > targetMs)) pane--
  return Math.min(pane, lastPaneBefore(at, paneMs))
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
