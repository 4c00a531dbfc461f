import { type Instant, instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { cursorText, questionMark, readCursor } from './cursor.ts'
import { QueryError } from './query-error.ts'
import { checkInstant, checkWhole } from './range.ts'
import { type StoredVisit, type StoredVisitColumns, storedVisit, storedVisitColumns } from './stored-visit.ts'

/** Cases by the beginning of their id; the one that has it as its whole id stands first, then those whose newest visit began last. */
export type CaseSearchQuery = {
  readonly process: string
  /** `''`: all cases. */
  readonly prefix: string
  /** Visits that began later do not count, so that pages follow on each other while others begin. */
  readonly at: Instant
  /** 1 … 200. */
  readonly limit: number
  readonly cursor?: string
}

export type FoundCase = {
  readonly case: string
  /** All of them, oldest first; of a case that has more, the newest 100. */
  readonly visits: readonly StoredVisit[]
}

export type CasePage = {
  readonly cases: readonly FoundCase[]
  /** Cursor of the page after; undefined: this is the last. */
  readonly next: string | undefined
}

const DAY_MS = 86_400_000

/** How far back is looked, in turn: of many cases the last day has enough, of few all of them are soon read. */
const spansMs = [DAY_MS, 31 * DAY_MS, Number.MAX_SAFE_INTEGER]

const VISITS_OF_A_CASE = 100
const LONGEST_PREFIX = 1_000

/** @throws QueryError where the prefix, the instant or the limit makes no sense, or the cursor is broken or that of another question. */
export async function caseSearch(connection: ReadingConnection, query: CaseSearchQuery): Promise<CasePage> {
  const { process, prefix, at, limit, cursor } = query
  checkWhole('limit', limit, 1, 200, 'cases')
  checkInstant('at', at)
  if (prefix.length > LONGEST_PREFIX) {
    throw new QueryError('prefix', `is longer than ${LONGEST_PREFIX} characters`, 'Give the beginning of an id.')
  }
  const mark = questionMark([process, prefix])
  const after = cursor === undefined ? undefined : readCursor(cursor, mark, [0, 0, ''])
  const asked = { ...query, at: after === undefined ? at : instant(after[0]) }
  const exact = after === undefined && prefix !== '' ? await isCase(connection, process, prefix) : false
  const keys = await newestFirst(
    connection,
    asked,
    after === undefined ? undefined : { newest: after[1], id: after[2] },
  )
  const room = exact ? limit - 1 : limit
  const listed = keys.slice(0, room)
  const last = listed.at(-1)
  const ids = [...(exact ? [prefix] : []), ...listed.map(({ id }) => id)]
  return {
    cases: await casesOf(connection, process, ids),
    next:
      keys.length <= room
        ? undefined
        : cursorText(mark, last === undefined ? [asked.at, asked.at + 1, ''] : [asked.at, last.newest, last.id]),
  }
}

type Key = { readonly id: string; readonly newest: number }

/** Of a whole id the index knows where it is not. */
async function isCase(connection: ReadingConnection, process: string, caseId: string): Promise<boolean> {
  const rows = await connection.rows<{ readonly n: number }>(
    `SELECT 1 AS n FROM visits FINAL
    PREWHERE process = {process:String} AND case_id = {case:String} WHERE deleted = 0 LIMIT 1`,
    { process, case: caseId },
  )
  return rows.length > 0
}

/** One more than a page, without the case that has the prefix as its id. */
async function newestFirst(
  connection: ReadingConnection,
  { process, prefix, at, limit }: CaseSearchQuery,
  after: Key | undefined,
): Promise<Key[]> {
  let found: Key[] = []
  for (const spanMs of spansMs) {
    found = await connection.rows<Key>(
      `SELECT case_id AS id, max(start_ms) AS newest
      FROM visits FINAL
      PREWHERE process = {process:String} AND start_ms > {from:Int64} AND start_ms <= {at:Int64}
        AND startsWith(case_id, {prefix:String}) AND case_id != {prefix:String}
      WHERE deleted = 0
      GROUP BY id
      HAVING (newest, id) < ({newest:Int64}, {id:String})
      ORDER BY newest DESC, id DESC LIMIT {limit:UInt32}`,
      {
        ...{ process, prefix, at, limit: limit + 1 },
        ...{ from: Math.max(at - spanMs, -Number.MAX_SAFE_INTEGER) },
        ...{ newest: after?.newest ?? at + 1, id: after?.id ?? '' },
      },
    )
    if (found.length > limit) return found
  }
  return found
}

/** In the order of their ids as given. */
async function casesOf(connection: ReadingConnection, process: string, ids: readonly string[]): Promise<FoundCase[]> {
  if (ids.length === 0) return []
  const rows = await connection.rows<StoredVisitColumns>(
    `SELECT ${storedVisitColumns} FROM visits FINAL
    PREWHERE process = {process:String} AND case_id IN {ids:Array(String)} WHERE deleted = 0
    ORDER BY case_id, start_ms DESC, stage DESC, ordinal DESC LIMIT ${VISITS_OF_A_CASE} BY case_id`,
    { process, ids },
  )
  const visits = new Map<string, StoredVisit[]>(ids.map(id => [id, []]))
  for (const row of rows) visits.get(row.case_id)?.unshift(storedVisit(row, process))
  // Withdrawn between the two statements: then it is no case any more.
  return ids.map(id => ({ case: id, visits: visits.get(id) ?? [] })).filter(found => found.visits.length > 0)
}
