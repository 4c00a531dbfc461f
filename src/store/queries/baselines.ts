import type { Instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { QueryParameters, ReadingConnection } from '../clickhouse/connection.ts'
import { type LocalHour, type LocalWeeks, localWeeks } from './local-hours.ts'
import { type MeasureSumRow, measureSum, measureSumColumns, summedMeasureColumns } from './measure-sums.ts'
import { type PaneSumRow, paneSum, paneSumColumns, summedColumns } from './pane-sums.ts'
import { checkInstant, checkWhole } from './range.ts'
import { segmentParts, seriesCondition } from './segment-match.ts'
import { commonUnitMs } from './steps.ts'
import { timedRows, withUntils } from './timed-rows.ts'

/*
 * What is usual at an hour of the week. Hours are those that the clocks of a place show: whoever starts work at eight
 * does so in summer and in winter. An hour without a pane is an hour in which nothing happened, once there is history;
 * hours before the first pane of the stage or measure are not looked at.
 */
export type BaselineSpan = {
  readonly process: string
  /** Some or all of the dimensions, merged; undefined, `{}`: the total. */
  readonly segment?: SegmentLabels
  /** The weeks end where the local hour begins in which it lies. */
  readonly before: Instant
  /** 1 … 53. */
  readonly weeks: number
  /** A name of the IANA time zone database. */
  readonly timezone: string
}

export type StageBaselineQuery = BaselineSpan & { readonly stage: string }
export type MeasureBaselineQuery = BaselineSpan & { readonly measure: string }

/** Of the counts of single hours. */
export type HourlyCounts = {
  readonly mean: number
  /** Standard deviation of a sample; undefined for a single hour. */
  readonly spread: number | undefined
}

type BaselineHour = {
  /** 0 … 167: 0 is Monday 00:00 to 01:00 by local time. */
  readonly hourOfWeek: number
  /** In how many weeks the hour was seen. */
  readonly weeks: number
  /** How often: once a week, and twice where clocks were set back in it. */
  readonly hours: number
}

/** Durations in the stage's own time, of the merged histograms of all these hours. */
export type StageBaselineHour = BaselineHour & {
  readonly entered: HourlyCounts
  readonly exited: HourlyCounts
  readonly p50Ms: number | undefined
  readonly p90Ms: number | undefined
}

/** Amounts in the measure's own unit. */
export type MeasureBaselineHour = BaselineHour & {
  readonly count: HourlyCounts
  readonly p50: number | undefined
  readonly p90: number | undefined
}

/**
 * @returns the hours of the week that were seen, by rising `hourOfWeek`.
 * @throws QueryError where the instant, the weeks or the zone make no sense.
 */
export async function stageBaseline(
  connection: ReadingConnection,
  query: StageBaselineQuery,
): Promise<StageBaselineHour[]> {
  const span = spanOf(query)
  const condition = seriesCondition('stage', query.segment)
  const parameters = { ...parametersOf(query, span), stage: query.stage }
  const seen = await seenHours(
    connection,
    span,
    'panes',
    "stage = {stage:String} AND total = 1 AND segment = '{}'",
    parameters,
  )
  const rows = await connection.rows<PaneSumRow & HoursRow & { readonly entered: number[]; readonly exited: number[] }>(
    `${withUntils}
    SELECT ${hourOfWeek} AS hour_of_week, 0 AS at_ms, groupArray(hour_ms) AS hours,
      groupArray(hourly.all_entered) AS entered, groupArray(hourly.all_exited) AS exited, ${summedHours}
    FROM (SELECT ${hourStart} AS hour_ms, ${paneSumColumns}
      FROM ${timedRows('panes', summedColumns, condition, unitOf(span))} GROUP BY hour_ms) AS hourly
    GROUP BY hour_of_week`,
    parameters,
  )
  const byHour = new Map(rows.map(row => [row.hour_of_week, row]))
  return [...seen].map(([hour, occurrences]) => {
    const row = byHour.get(hour)
    const { p50Ms, p90Ms } = row === undefined ? noQuantiles : paneSum(row)
    return {
      ...occurrence(hour, occurrences),
      entered: countsOf(row?.entered ?? [], occurrences.length),
      exited: countsOf(row?.exited ?? [], occurrences.length),
      p50Ms,
      p90Ms,
    }
  })
}

/** As `stageBaseline`. */
export async function measureBaseline(
  connection: ReadingConnection,
  query: MeasureBaselineQuery,
): Promise<MeasureBaselineHour[]> {
  const span = spanOf(query)
  const condition = seriesCondition('measure', query.segment)
  const parameters = { ...parametersOf(query, span), measure: query.measure }
  const total = "measure = {measure:String} AND total = 1 AND segment = '{}'"
  const seen = await seenHours(connection, span, 'measure_panes', total, parameters)
  const rows = await connection.rows<MeasureSumRow & HoursRow & { readonly counts: number[] }>(
    `${withUntils}
    SELECT ${hourOfWeek} AS hour_of_week, decimals, groupArray(hour_ms) AS hours, groupArray(hourly.count) AS counts,
      ${measureSumColumns}
    FROM (SELECT ${hourStart} AS hour_ms, decimals, sum(p.count) AS count, sum(p.sum) AS sum, min(p.min) AS min,
        max(p.max) AS max, sum(p.zero_count) AS zero_count, sumMap(p.buckets) AS buckets,
        sumMap(p.negative_buckets) AS negative_buckets
      FROM ${timedRows('measure_panes', summedMeasureColumns, condition, unitOf(span))} AS p
      GROUP BY hour_ms, decimals) AS hourly
    GROUP BY hour_of_week, decimals`,
    parameters,
  )
  return [...seen].map(([hour, occurrences]) => {
    const ofHour = rows.filter(row => row.hour_of_week === hour)
    const { p50, p90 } = measureSum(ofHour)
    return { ...occurrence(hour, occurrences), count: countsOf(hourlyCounts(ofHour), occurrences.length), p50, p90 }
  })
}

type HoursRow = { readonly hour_of_week: number; readonly hours: readonly number[] }

const noQuantiles = { p50Ms: undefined, p90Ms: undefined }

const summedHours = [
  ...['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'zero'].map(
    name => `sum(hourly.all_${name}) AS all_${name}`,
  ),
  'min(hourly.least_ms) AS least_ms',
  'max(hourly.most_ms) AS most_ms',
  'sumMap(hourly.all_buckets) AS all_buckets',
].join(', ')

/** What the clocks are ahead of UTC at an instant: the parameters are the clock's own changes. */
const offsetAt = (at: string): string =>
  `{offsets:Array(Int64)}[arrayCount(since -> since <= ${at}, {changes:Array(Int64)})]`

const hourStart = `start_ms - positiveModulo(start_ms + ${offsetAt('start_ms')}, 3600000)`

/** The first hour of the epoch is a Thursday's: 72 hours after Monday's. */
const hourOfWeek = `positiveModulo(intDiv(hour_ms + ${offsetAt('hour_ms')}, 3600000) + 72, 168)`

/** Roll-ups may stand for what lies within one local hour: for hours only where clocks are whole hours off UTC. */
const unitOf = ({ clock }: LocalWeeks): number => clock.offsetsMs.reduce(commonUnitMs, 3_600_000)

function spanOf({ before, weeks, timezone }: BaselineSpan): LocalWeeks {
  checkInstant('before', before)
  checkWhole('weeks', weeks, 1, 53, 'weeks')
  return localWeeks(before, weeks, timezone)
}

const beforeAll = Number.MIN_SAFE_INTEGER

const parametersOf = ({ process, segment }: BaselineSpan, { from, to, clock }: LocalWeeks): QueryParameters => ({
  ...{ process, from, to, parts: segmentParts(segment ?? {}), offsets: clock.offsetsMs },
  changes: clock.since.map(since => Math.max(since, beforeAll)),
})

/** The hours of the span from that of the first pane on, by hour of the week. */
async function seenHours(
  connection: ReadingConnection,
  span: LocalWeeks,
  table: 'panes' | 'measure_panes',
  total: string,
  parameters: QueryParameters,
): Promise<Map<number, LocalHour[]>> {
  const rows = await connection.rows<{ readonly first: number | null }>(
    `${withUntils} SELECT minOrNull(${hourStart}) AS first FROM ${timedRows(table, [], total, unitOf(span))}`,
    { ...parameters, from: beforeAll },
  )
  const first = rows[0]?.first ?? undefined
  const seen = new Map<number, LocalHour[]>()
  for (let hour = 0; hour < 168; hour++) {
    const occurrences = span.hours.filter(
      ({ start, hourOfWeek }) => hourOfWeek === hour && first !== undefined && start >= first,
    )
    if (occurrences.length > 0) seen.set(hour, occurrences)
  }
  return seen
}

const occurrence = (hourOfWeek: number, hours: readonly LocalHour[]): BaselineHour => ({
  hourOfWeek,
  weeks: new Set(hours.map(({ week }) => week)).size,
  hours: hours.length,
})

/** @param counts of the hours in which there was something; the others are zeros. */
function countsOf(counts: readonly number[], hours: number): HourlyCounts {
  const mean = counts.reduce((sum, count) => sum + count, 0) / hours
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, (hours - counts.length) * mean ** 2)
  return { mean, spread: hours < 2 ? undefined : Math.sqrt(squares / (hours - 1)) }
}

/** One count an hour, also where the decimals changed within it. */
function hourlyCounts(
  rows: readonly { readonly hours: readonly number[]; readonly counts: readonly number[] }[],
): number[] {
  const counts = new Map<number, number>()
  for (const row of rows) {
    for (const [index, hour] of row.hours.entries()) {
      counts.set(hour, (counts.get(hour) ?? 0) + (row.counts[index] ?? 0))
    }
  }
  return [...counts.values()]
}
