import type { StatisticValue } from '../model/bounded.ts'
import {
  type BoundedLookup,
  type LiveStatisticName,
  liveStatisticNames,
  type StatisticLookup,
  type StatisticName,
} from '../model/statistics.ts'
import type { LifeTable } from './life-table.ts'

const shares: Readonly<Record<LiveStatisticName, number>> = {
  live_p50: 0.5,
  live_p75: 0.75,
  live_p90: 0.9,
  live_p95: 0.95,
  live_p99: 0.99,
}

const liveNames: ReadonlySet<string> = new Set(liveStatisticNames)

export const isLivePercentile = (name: StatisticName): name is LiveStatisticName => liveNames.has(name)

/** In ms, or a bound; undefined where nobody was at risk. */
export const livePercentile = (table: LifeTable, name: LiveStatisticName): StatisticValue | undefined =>
  table.quantile(shares[name])

/** @param table is asked for only when a live percentile is. */
export const withLivePercentiles =
  (windows: StatisticLookup, table: () => LifeTable): BoundedLookup =>
  (name, windowMs) =>
    isLivePercentile(name) ? livePercentile(table(), name) : windows(name, windowMs)
