import type { Instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { QueryParameters } from '../clickhouse/connection.ts'
import { QueryError } from './query-error.ts'
import { checkInstant, checkRange, checkWhole } from './range.ts'
import { matchesParts, segmentParts } from './segment-match.ts'

/** Which visits are behind a number, by the time that counts for it. */
export type VisitTime =
  /** Those that ended in [from, to): exits, breaches, durations. */
  | { readonly by: 'end'; readonly from: Instant; readonly to: Instant }
  /** Those that started in it: entries. */
  | { readonly by: 'start'; readonly from: Instant; readonly to: Instant }
  /** Those that had started by `at` and not ended. */
  | { readonly by: 'open'; readonly at: Instant }

/** What is asked of visits beside their time; what is left out asks nothing. */
export type VisitFilter = {
  /** Some or all of the stage's dimensions, as the visit's row has them: at its end, or the latest known. */
  readonly segment?: SegmentLabels
  readonly outcome?: VisitRow['outcome']
  readonly breached?: boolean
  /**
   * Whole ms, both bounds included, of the stage's own time: business time where there is one, else the wall clock.
   * Of visits open at an instant: of their age then, by the wall clock. A visit that has not ended has no duration.
   */
  readonly atLeastMs?: number
  readonly atMostMs?: number
  readonly case?: string
}

export type VisitSelection = {
  readonly process: string
  readonly stage: string
  readonly time: VisitTime
  readonly filter?: VisitFilter
}

const outcomes: readonly VisitRow['outcome'][] = ['open', 'completed', 'abandoned', 'expired']

/** @throws QueryError where a part of it makes no sense. */
export function checkSelection({ time, filter = {} }: VisitSelection): void {
  if (!Object.hasOwn(timeConditions, time.by)) {
    throw new QueryError('by', `is ${JSON.stringify(time.by)}`, `Use one of ${Object.keys(timeConditions).join(', ')}.`)
  }
  if (time.by === 'open') checkInstant('at', time.at)
  else checkRange(time)
  const { outcome, atLeastMs = 0, atMostMs = Number.MAX_SAFE_INTEGER } = filter
  checkWhole('atLeastMs', atLeastMs, 0, Number.MAX_SAFE_INTEGER, 'ms')
  checkWhole('atMostMs', atMostMs, 0, Number.MAX_SAFE_INTEGER, 'ms')
  if (outcome === undefined || outcomes.includes(outcome)) return
  throw new QueryError('outcome', `is ${JSON.stringify(outcome)}`, `Use one of ${outcomes.join(', ')}.`)
}

/** How long a visit took, or at `at` had been open; −1 where it has not ended. */
export const msOf = (time: VisitTime): string =>
  time.by === 'open' ? '{at:Int64} - start_ms' : 'toInt64(ifNull(ifNull(business_ms, duration_ms), -1))'

const timeConditions = {
  end: { key: 'start_ms < {to:Int64}', other: 'end_ms >= {from:Int64} AND end_ms < {to:Int64}' },
  start: { key: 'start_ms >= {from:Int64} AND start_ms < {to:Int64}', other: '1' },
  open: { key: 'start_ms <= {at:Int64}', other: '(isNull(end_ms) OR end_ms > {at:Int64})' },
} as const

/** From where on: the visits of a selection that are so. Columns of the key stand in front, where the index sees them. */
export function selectedVisits({ time, filter = {} }: VisitSelection): string {
  const { key, other } = timeConditions[time.by]
  const keys = ['process = {process:String}', 'stage = {stage:String}', key]
  if (filter.case !== undefined) keys.push('case_id = {case:String}')
  const others = ['deleted = 0', other]
  if (filter.segment !== undefined) others.push(matchesParts(filter.segment))
  if (filter.outcome !== undefined) others.push('outcome = {outcome:String}')
  if (filter.breached !== undefined) others.push('breached = {breached:UInt8}')
  if (filter.atLeastMs !== undefined) others.push(`${msOf(time)} >= {least:Int64}`)
  // One that has not ended is not shorter than anything.
  if (filter.atMostMs !== undefined) others.push(`${msOf(time)} BETWEEN 0 AND {most:Int64}`)
  return `visits FINAL PREWHERE ${keys.join(' AND ')} WHERE ${others.join(' AND ')}`
}

export function selectionParameters({ process, stage, time, filter = {} }: VisitSelection): QueryParameters {
  const { segment, outcome, breached, atLeastMs, atMostMs } = filter
  const span = time.by === 'open' ? { at: time.at } : { from: time.from, to: time.to }
  return {
    process,
    stage,
    ...span,
    parts: segmentParts(segment ?? {}),
    case: filter.case ?? '',
    outcome: outcome ?? '',
    breached: breached === true ? 1 : 0,
    least: atLeastMs ?? 0,
    most: atMostMs ?? 0,
  }
}
