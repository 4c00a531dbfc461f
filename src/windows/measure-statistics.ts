import type { StatisticLookup, StatisticName } from '../model/statistics.ts'
import { distinctOf } from './distinct-union.ts'
import { sumOf } from './exact-sum.ts'
import { addMeasureTotals, type MeasureTotals, newMeasureTotals } from './measure-window.ts'
import { overWindows } from './over-windows.ts'
import type { MeasureSeriesView } from './views.ts'

/** What is asked: a window at an instant, over some series of one measure: shards, or segments. */
export type MeasureQuestion = {
  readonly parts: readonly MeasureSeriesView[]
  readonly windowMs: number
  readonly at: number
  /** Of the measure. */
  readonly decimals: number
  readonly keepsDistinct: boolean
}

const quantiles: Partial<Record<StatisticName, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 }

/**
 * Statistics of a measure over series, each computed when it is asked for.
 *
 * @returns a lookup that is valid until the next event is folded. Amounts in the measure's own unit: what is counted as
 * whole numbers is divided by 10^decimals here and nowhere before.
 */
export const measureStatisticsOf = (question: MeasureQuestion): StatisticLookup => overWindows(question, lookupOver)

function lookupOver(question: MeasureQuestion): StatisticLookup {
  const { parts, windowMs, at, decimals, keepsDistinct } = question
  const totals = totalsOf(parts.map(series => series.windowAt(windowMs, at).totals))
  const scale = 10 ** decimals
  return name => {
    if (name === 'count') return totals.count
    if (name === 'sum') return sumOf(totals.sum, 0) / scale
    if (name === 'distinct')
      return keepsDistinct ? distinctOf(parts.map(series => series.distinctAt(windowMs, at))) : undefined
    if (totals.count === 0) return undefined
    if (name === 'avg') return sumOf(totals.sum, 0) / scale / totals.count
    const { least, most } = extremesOf(question)
    if (name === 'min') return least / scale
    if (name === 'max') return most / scale
    const quantile = quantiles[name]
    if (quantile === undefined) throw new Error(`a measure has no statistic ${name}`)
    const middle = totals.values.quantile(quantile) ?? least
    return Math.min(most, Math.max(least, middle)) / scale
  }
}

function extremesOf({ parts, windowMs, at }: MeasureQuestion): { readonly least: number; readonly most: number } {
  let least = Infinity
  let most = -Infinity
  for (const series of parts) {
    const found = series.extremesAt(windowMs, at)
    if (found.least < least) least = found.least
    if (found.most > most) most = found.most
  }
  return { least, most }
}

function totalsOf(all: readonly MeasureTotals[]): MeasureTotals {
  const [only] = all
  if (only !== undefined && all.length === 1) return only
  const sum = newMeasureTotals()
  for (const one of all) addMeasureTotals(sum, one)
  return sum
}
