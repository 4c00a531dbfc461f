import type { Instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { checkWhole } from './range.ts'
import type { StoredVisit } from './stored-visit.ts'
import { visitList } from './visit-pages.ts'
import { selectedVisits, selectionParameters, type VisitSelection } from './visit-selection.ts'

/** Visits that were open at an instant, the oldest first. */
export type OpenVisitsQuery = {
  readonly process: string
  readonly stage: string
  /** Some or all of the stage's dimensions, as last known; undefined, `{}`: all visits. */
  readonly segment?: SegmentLabels
  readonly at: Instant
  /** What makes a visit overdue: an age over so many ms of the wall clock; undefined: nothing does. */
  readonly targetMs?: number
  /** List only those over the target. */
  readonly onlyOverdue?: boolean
  /** 1 … 1,000. */
  readonly limit: number
  readonly cursor?: string
}

export type OpenVisit = StoredVisit & {
  /** `at` − start, by the wall clock. */
  readonly ageMs: number
  readonly overdue: boolean
}

export type OpenVisits = {
  readonly visits: readonly OpenVisit[]
  readonly next: string | undefined
  /** Visits in all, by the weight of their rows: where only a sample has rows, estimates. */
  readonly open: number
  readonly overdue: number
}

/** @throws QueryError as `visitPage`. */
export async function openVisits(connection: ReadingConnection, query: OpenVisitsQuery): Promise<OpenVisits> {
  const { process, stage, segment, at, targetMs, onlyOverdue = false, limit, cursor } = query
  if (targetMs !== undefined) checkWhole('targetMs', targetMs, 0, Number.MAX_SAFE_INTEGER - 1, 'ms')
  const isOverdue = (ageMs: number) => targetMs !== undefined && ageMs > targetMs
  const all: VisitSelection = {
    ...{ process, stage },
    time: { by: 'open', at },
    filter: segment === undefined ? {} : { segment },
  }
  // Without a target none is overdue: nobody has been open for as long as this.
  const listed = onlyOverdue ? { ...all.filter, atLeastMs: (targetMs ?? Number.MAX_SAFE_INTEGER - 1) + 1 } : all.filter
  const page = await visitList(connection, {
    ...all,
    filter: listed ?? {},
    order: 'oldest',
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  })
  const numbers = await numbersOf(connection, all, targetMs)
  return {
    visits: page.visits.map(visit => {
      const ageMs = at - visit.start
      return { ...visit, ageMs, overdue: isOverdue(ageMs) }
    }),
    next: page.next,
    ...numbers,
  }
}

async function numbersOf(
  connection: ReadingConnection,
  selection: VisitSelection,
  targetMs: number | undefined,
): Promise<Pick<OpenVisits, 'open' | 'overdue'>> {
  const rows = await connection.rows<{ readonly open: number; readonly overdue: number }>(
    `SELECT sum(weight) AS open, sumIf(weight, {at:Int64} - start_ms > {target:Int64}) AS overdue
    FROM ${selectedVisits(selection)}`,
    { ...selectionParameters(selection), target: targetMs ?? Number.MAX_SAFE_INTEGER },
  )
  return { open: Math.round(rows[0]?.open ?? 0), overdue: Math.round(rows[0]?.overdue ?? 0) }
}
