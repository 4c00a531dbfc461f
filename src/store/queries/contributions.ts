import { type Instant, instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { segmentText } from '../segment-text.ts'
import { type PaneSumRow, paneSumColumns, summedColumns } from './pane-sums.ts'
import { QueryError } from './query-error.ts'
import { checkRange, checkWhole, type Range } from './range.ts'
import { type StageSums, StageTally } from './stage-sums.ts'
import { timedRows, withUntils } from './timed-rows.ts'

/** By what segments are put in order, the largest first. */
export type Contribution = 'entered' | 'exited' | 'breached' | 'sumMs'

const contributions: readonly Contribution[] = ['entered', 'exited', 'breached', 'sumMs']

/** Which segments made up what a stage did. A pane counts where it starts, as in `StageSeriesQuery`. */
export type ContributionQuery = Range & {
  readonly process: string
  readonly stage: string
  /** Dimensions to cut by, at least one: segments that have all of them, merged over their other dimensions. */
  readonly by: readonly string[]
  readonly order: Contribution
  /** How many segments are listed, 1 … 1,000; the others are in the rest. */
  readonly limit: number
  /** Whether the range of the same length right before is wanted beside it. */
  readonly compare?: boolean
}

/** Share of the stage's total, 0 … 1; undefined where the total is 0. */
export type Shares = { readonly [Name in Contribution]: number | undefined }

export type ContributedSums = StageSums & { readonly share: Shares }

export type Contributor = ContributedSums & {
  readonly segment: SegmentLabels
  /** undefined where that was not asked for. */
  readonly before: ContributedSums | undefined
}

/**
 * The listed segments and the rest add up to the total exactly, in every count and in `sumMs`: the rest is the total less
 * what is listed, so it also has what no segment of these dimensions counted.
 */
export type Contributions = {
  readonly total: StageSums & { readonly before: StageSums | undefined }
  /** At most `limit`, in the order that was asked for; equal ones by their names. */
  readonly segments: readonly Contributor[]
  readonly rest: ContributedSums & {
    /** How many segments of these dimensions are in it. */
    readonly segmentCount: number
    readonly before: ContributedSums | undefined
  }
}

/** @throws QueryError where the range, `by`, `order` or `limit` makes no sense. */
export async function segmentContributions(
  connection: ReadingConnection,
  query: ContributionQuery,
): Promise<Contributions> {
  check(query)
  const { from, to, order, limit, compare = false } = query
  const lengthMs = to - from
  const [now, before] = await Promise.all([
    tallies(connection, query, from, to),
    compare ? tallies(connection, query, instant(from - lengthMs), from) : undefined,
  ])
  const ranked = [...now.segments]
    .map(([text, tally]) => ({ text, tally, sums: tally.sums() }))
    .sort((left, right) => right.sums[order] - left.sums[order] || (left.text < right.text ? -1 : 1))
  const listed = ranked.slice(0, limit)
  const total = now.total.sums()
  const totalBefore = before?.total.sums()
  const nothing = new StageTally()
  const listedBefore = listed.map(({ text }) => before?.segments.get(text) ?? nothing)
  return {
    total: { ...total, before: totalBefore },
    segments: listed.map(({ text, sums }, index) => ({
      segment: JSON.parse(text),
      ...withShare(sums, total),
      before: totalBefore && withShare((listedBefore[index] as StageTally).sums(), totalBefore),
    })),
    rest: {
      segmentCount: ranked.length - listed.length,
      ...withShare(now.total.without(listed.map(({ tally }) => tally)).sums(), total),
      before: before && totalBefore && withShare(before.total.without(listedBefore).sums(), totalBefore),
    },
  }
}

type Tallies = { readonly total: StageTally; readonly segments: ReadonlyMap<string, StageTally> }

/** The total and all segments come from one statement, so that they are of one moment. */
async function tallies(
  connection: ReadingConnection,
  { process, stage, by }: ContributionQuery,
  from: Instant,
  to: Instant,
): Promise<Tallies> {
  const rows = await connection.rows<PaneSumRow & { readonly total: number; readonly segment: string }>(
    `${withUntils}
    SELECT total, segment, 0 AS at_ms, ${paneSumColumns}
    FROM ${timedRows('panes', ['total', 'segment', ...summedColumns], 'stage = {stage:String}', undefined)}
    GROUP BY total, segment`,
    { process, stage, from, to },
  )
  const total = new StageTally()
  const segments = new Map<string, StageTally>()
  for (const row of rows) {
    if (row.total === 1) {
      total.add(row)
      continue
    }
    const text = mergedSegment(JSON.parse(row.segment), by)
    if (text === undefined) continue
    const tally = segments.get(text) ?? new StageTally()
    segments.set(text, tally)
    tally.add(row)
  }
  return { total, segments }
}

/** The segment by these dimensions that a finer one belongs to, as text; undefined where it is not cut by all of them. */
function mergedSegment(segment: SegmentLabels, by: readonly string[]): string | undefined {
  if (!by.every(name => Object.hasOwn(segment, name))) return undefined
  return segmentText(Object.fromEntries(by.map(name => [name, segment[name] ?? null])))
}

const withShare = (sums: StageSums, total: StageSums): ContributedSums => ({
  ...sums,
  share: Object.fromEntries(
    contributions.map(name => [name, total[name] === 0 ? undefined : sums[name] / total[name]]),
  ) as Shares,
})

function check({ from, to, by, order, limit }: ContributionQuery): void {
  checkRange({ from, to })
  checkWhole('limit', limit, 1, 1_000, 'segments')
  if (by.length === 0) throw new QueryError('by', 'names no dimension', "Name one or more of the stage's dimensions.")
  if (contributions.includes(order)) return
  throw new QueryError('order', `is ${JSON.stringify(order)}`, `Use one of ${contributions.join(', ')}.`)
}
