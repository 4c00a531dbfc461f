import type { Alert } from '../../protocol/alert.ts'
import type { SeriesPoint } from '../../protocol/history.ts'

/*
 * The statistic of an alert over time. The store keeps what came and went; how old the open visits were at an instant
 * is known only from what the alert itself said.
 */

/** What the history of a stage says of a statistic, or the nearest to it that it says. */
export type Followed = {
  /** The statistic that is drawn; another one than the alert's where that has no history. */
  readonly statistic: string
  readonly valueOf: (point: SeriesPoint, stepMs: number) => number | null
}

const perHour = (count: number, stepMs: number) => (count * 3_600_000) / stepMs
const percentiles = new Map<string, 'p50' | 'p90' | 'p99'>([
  ['p50', 'p50'],
  ['p75', 'p90'],
  ['p90', 'p90'],
  ['p95', 'p90'],
  ['p99', 'p99'],
  ['max', 'p99'],
])

/** @returns undefined where the history of a stage has nothing like it. */
export function followed(statistic: string): Followed | undefined {
  switch (statistic) {
    case 'entered':
    case 'exited':
    case 'abandoned':
    case 'expired':
    case 'reworked':
    case 'breached':
    case 'wip':
      return { statistic, valueOf: point => point[statistic] }
    case 'throughput':
      return { statistic, valueOf: ({ exited }, stepMs) => perHour(exited, stepMs) }
    case 'within_target':
      return { statistic, valueOf: ({ exited, breached }) => (exited === 0 ? null : 1 - breached / exited) }
    case 'avg':
      return { statistic, valueOf: point => point.avg_ms }
    default: {
      const percentile = percentiles.get(statistic.replace(/^(age|live)_/, ''))
      return percentile && { statistic: percentile, valueOf: point => point[`${percentile}_ms`] }
    }
  }
}

/** What the alert itself said of its value, in the order of time: at each transition, and of the past. */
export function saidValues(alert: Alert, transitions: readonly Alert[]): { at: number; value: number }[] {
  const past = alert.explanation.past ?? []
  const hourBefore = past.filter(({ when }) => when === 'hour_before')
  const own = transitions.length === 0 ? [alert] : transitions
  const said = new Map<number, number>()
  for (const { at, value } of [...hourBefore, ...own]) if (value !== null) said.set(Date.parse(at), value)
  return [...said].map(([at, value]) => ({ at, value })).sort((a, b) => a.at - b.at)
}

/** Values at these instants and no others, on the instants of all lines: between its own a line says nothing. */
export function onInstants(
  instants: readonly number[],
  values: readonly { readonly at: number; readonly value: number | null }[],
): (number | null | undefined)[] {
  const byInstant = new Map(values.map(({ at, value }) => [at, value]))
  return instants.map(at => byInstant.get(at))
}
