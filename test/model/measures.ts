import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { conditionHolds } from './condition.ts'
import { bucketOf, sliceStart } from './panes.ts'
import type { OracleEvent } from './runs.ts'
import { nearestRank, windowStart } from './statistics.ts'

/*
 * Measures from the list of the events that they count: which event counts where is decided when it comes, everything
 * else is added up from the whole list each time it is asked for.
 */

/** The events that count in panes, each once; what comes for a settled pane is not among them. */
export class MeasuredEvents {
  readonly #paneMs: number
  /** Those that count now. */
  readonly now: OracleEvent[] = []
  /** With those whose place a smaller duplicate has taken: their segments have been asked for. */
  readonly ever: OracleEvent[] = []

  constructor({ paneMs }: ProcessDefinition) {
    this.#paneMs = paneMs
  }

  /** @param horizon before the event. */
  add(event: OracleEvent, horizon: number): void {
    if (sliceStart(event.at, this.#paneMs) + this.#paneMs <= horizon) return
    this.now.push(event)
    this.ever.push(event)
  }

  /** A smaller duplicate has taken the place of the former one. */
  replace(former: OracleEvent, event: OracleEvent, horizon: number): void {
    const place = this.now.indexOf(former)
    if (place >= 0) this.now.splice(place, 1)
    this.add(event, horizon)
  }
}

/** What counts in a measure, as whole numbers of its scale. */
type Sample = { readonly at: number; readonly segment: string; readonly value: number }

function samplesOf(process: ProcessDefinition, measure: number, events: readonly OracleEvent[]): Sample[] {
  const { attribute, on, by } = process.measures[measure]!
  const names = process.attributes.map(({ name }) => name)
  return events.flatMap(event => {
    const value = event.attributes[attribute]
    if (typeof value !== 'number') return []
    const isMeant = ({ activity, where }: (typeof on)[number]) =>
      activity === event.activity &&
      (where === undefined || conditionHolds(where, name => event.attributes[names.indexOf(name)] ?? null))
    if (on.length > 0 && !on.some(isMeant)) return []
    const values = by.map(position => event.attributes[position] ?? null)
    const segment = JSON.stringify(values.map(one => (one === null ? null : String(one))))
    return [{ at: event.at, segment, value }]
  })
}

/** One pane of one measure and segment; of the total where `segment` is `total`. */
export type MeasureFact = {
  readonly measure: number
  readonly segment: string
  readonly start: number
  readonly count: number
  /** A bigint as text. */
  readonly sum: string
  readonly min: number
  readonly max: number
  /** By name of the bucket, sorted. */
  readonly buckets: readonly (readonly [string, number])[]
  readonly distinct: number | null
}

/** Every pane in which anything counts, in no order. */
export function measureFacts(process: ProcessDefinition, events: readonly OracleEvent[]): MeasureFact[] {
  return process.measures.flatMap(({ by, distinct }, measure) => {
    const panes = new Map<string, { segment: string; start: number; values: number[] }>()
    for (const { at, segment, value } of samplesOf(process, measure, events)) {
      const start = sliceStart(at, process.paneMs)
      for (const name of by.length > 0 ? ['total', segment] : ['total']) {
        const key = `${name} ${start}`
        const pane = panes.get(key) ?? { segment: name, start, values: [] }
        pane.values.push(value)
        panes.set(key, pane)
      }
    }
    return [...panes.values()].map(({ segment, start, values }) => ({
      measure,
      segment,
      start,
      count: values.length,
      sum: String(values.reduce((sum, value) => sum + BigInt(value), 0n)),
      min: Math.min(...values),
      max: Math.max(...values),
      buckets: bucketsOf(values),
      distinct: distinct ? new Set(values).size : null,
    }))
  })
}

function bucketsOf(values: readonly number[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const value of values) {
    const name = value < 0 ? `-${bucketOf(-value)}` : bucketOf(value)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].sort(([left], [right]) => (left < right ? -1 : 1))
}

/** The segments that a measure was ever asked to count. */
export const measuredSegments = (process: ProcessDefinition, measure: number, events: readonly OracleEvent[]) =>
  new Set(samplesOf(process, measure, events).map(({ segment }) => segment))

/**
 * The statistics of a measure at `now`, by segment when cut by `by` (`[]`: the total, which is always there). Quantiles
 * are exact. A statistic without a value is absent.
 */
export function measureStatistics(
  process: ProcessDefinition,
  measure: number,
  events: readonly OracleEvent[],
  by: readonly number[],
  windowMs: number,
  now: number,
): Map<string, Readonly<Record<string, number>>> {
  const definition = process.measures[measure]!
  const { paneMs } = process
  const start = windowStart(paneMs, windowMs, now)
  const segments = new Map<string, number[]>(by.length === 0 ? [['[]', []]] : [])
  for (const { at, segment, value } of samplesOf(process, measure, events)) {
    const pane = sliceStart(at, paneMs)
    if (pane < start || pane >= now) continue
    const whole: (string | null)[] = JSON.parse(segment)
    const key = JSON.stringify(by.map(position => whole[definition.by.indexOf(position)]))
    segments.set(key, [...(segments.get(key) ?? []), value])
  }
  const scale = 10 ** definition.decimals
  return new Map([...segments].map(([segment, values]) => [segment, statisticsOf(values, scale, definition.distinct)]))
}

function statisticsOf(values: number[], scale: number, hasDistinct: boolean): Record<string, number> {
  const sum = Number(values.reduce((total, value) => total + BigInt(value), 0n)) / scale
  const sorted = values.toSorted((left, right) => left - right)
  const all: Record<string, number> = { count: values.length, sum }
  if (hasDistinct) all.distinct = new Set(values).size
  if (values.length === 0) return all
  all.avg = sum / values.length
  all.min = sorted[0]! / scale
  all.max = sorted.at(-1)! / scale
  for (const percent of [50, 75, 90, 95, 99]) all[`p${percent}`] = nearestRank(sorted, percent)! / scale
  return all
}
