import { durationMs } from '../../src/event/duration.ts'
import { instant } from '../../src/event/instant.ts'
import type { PaneRow, VisitRow } from '../../src/shard/output.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { bucketOf } from '../../src/windows/histogram.ts'
import { caseIdOf, company, type IdKind } from './company.ts'

/*
 * Rows as the fold puts them out: objects of the same shape, segments shared by the rows that have them.
 *
 * Visits: two of three have completed, the others are open. Panes: of each stage a total and eight segments of about
 * eight completed visits each, so a total's histogram has about forty buckets and a segment's seven. Every third stage
 * has a calendar, so its panes have business time as well.
 */
export type RowsOptions = {
  readonly count: number
  /** Of the first row; others follow it. Rows of other numbers have other keys. */
  readonly first: number
  readonly fromMs: number
}

const segments = company.warehouses.map(warehouse => ({ warehouse }))
const noSegment = {}
const spread = 0.6

export function visitRows({ count, first, fromMs }: RowsOptions, kind: IdKind): VisitRow[] {
  return Array.from({ length: count }, (_, index) => visitRow(first + index, fromMs + index, kind))
}

function visitRow(number: number, startMs: number, kind: IdKind): VisitRow {
  const draws = new RandomDraws(1, number)
  const stage = number % company.stages.length
  const isOpen = number % 3 === 0
  const ms = Math.round(draws.lognormal(company.mediansMs[stage]!, spread))
  const warehouse = company.warehouses[draws.next() % company.warehouses.length]!
  return {
    process: company.process,
    stage: company.stages[stage]!,
    case: caseIdOf(Math.floor(number / company.stages.length), kind),
    visit: 1,
    ordinal: 0,
    start: instant(startMs),
    end: isOpen ? undefined : instant(startMs + ms),
    outcome: isOpen ? 'open' : 'completed',
    reason: undefined,
    durationMs: isOpen ? undefined : durationMs(ms),
    businessMs: isOpen || stage % 3 > 0 ? undefined : durationMs(Math.round(ms / 3)),
    segment: segments[number % segments.length]!,
    attributes: {
      warehouse,
      carrier: company.carriers[draws.next() % company.carriers.length]!,
      region: number % 7 === 0 ? null : 'north',
      amount: draws.next() % 50_000,
    },
    deleted: false,
    source: company.source,
    partition: 0,
    epoch: 0,
    position: number,
  }
}

const seriesOfStage = 1 + segments.length

/** Of all series of all stages, pane after pane. */
export function paneRows({ count, first, fromMs }: RowsOptions): PaneRow[] {
  return Array.from({ length: count }, (_, index) => paneRow(first + index, fromMs))
}

function paneRow(number: number, fromMs: number): PaneRow {
  const draws = new RandomDraws(2, number)
  const series = number % (seriesOfStage * company.stages.length)
  const stage = Math.floor(series / seriesOfStage)
  const segment = segments[(series % seriesOfStage) - 1]
  const start = fromMs + Math.floor(number / (seriesOfStage * company.stages.length)) * company.paneMs
  const exited = draws.count(segment === undefined ? 64 : 8)
  const durations = Array.from({ length: exited }, () => Math.round(draws.lognormal(company.mediansMs[stage]!, spread)))
  return {
    process: company.process,
    stage: company.stages[stage]!,
    segment: segment ?? noSegment,
    total: segment === undefined,
    start: instant(start),
    end: instant(start + company.paneMs),
    entered: exited + (draws.next() % 3),
    exited,
    abandoned: 0,
    expired: 0,
    reworked: 0,
    breached: draws.next() % 3,
    ...durationsOf(durations),
    business: stage % 3 > 0 ? undefined : durationsOf(durations.map(ms => Math.round(ms / 3))),
    source: company.source,
    partition: 0,
    epoch: 0,
    position: number,
  }
}

function durationsOf(durations: readonly number[]): Pick<PaneRow, 'sumMs' | 'minMs' | 'maxMs' | 'buckets'> {
  const counts = new Map<number, number>()
  for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1)
  return {
    sumMs: durations.reduce((sum, ms) => sum + ms, 0),
    minMs: durations.length === 0 ? undefined : Math.min(...durations),
    maxMs: durations.length === 0 ? undefined : Math.max(...durations),
    buckets: [...counts].sort(([left], [right]) => left - right),
  }
}
