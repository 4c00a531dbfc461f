import type { ReadingConnection } from '../clickhouse/connection.ts'
import { cursorText, questionMark, readCursor } from './cursor.ts'
import { QueryError } from './query-error.ts'
import { checkWhole } from './range.ts'
import { type StoredVisit, type StoredVisitColumns, storedVisit, storedVisitColumns } from './stored-visit.ts'
import { type VisitCount, visitCount } from './visit-count.ts'
import {
  checkSelection,
  msOf,
  selectedVisits,
  selectionParameters,
  type VisitSelection,
  type VisitTime,
} from './visit-selection.ts'

/**
 * - `longest`: by the stage's own time, of visits open at an instant by their age; those without come last.
 * - `newest`, `oldest`: by the time that the selection goes by: end, or start.
 */
export type VisitOrder = 'longest' | 'newest' | 'oldest'

/** The visits behind a number. */
export type VisitPageQuery = VisitSelection & {
  readonly order: VisitOrder
  /** 1 … 1,000. */
  readonly limit: number
  /** `next` of the page before; default: the first page. */
  readonly cursor?: string
}

export type VisitList = {
  /** Equal ones in the order of (start, case, ordinal), in the same direction. */
  readonly visits: readonly StoredVisit[]
  /** Cursor of the page after; undefined: this is the last. */
  readonly next: string | undefined
}

export type VisitPage = VisitList & {
  /** Of all pages; undefined on all but the first. */
  readonly count: VisitCount | undefined
}

/**
 * Pages go by key: a row that comes or goes between two of them neither repeats nor hides another.
 *
 * @throws QueryError where the selection, the order or the limit makes no sense, or the cursor is broken or that of
 *   another question.
 */
export async function visitPage(connection: ReadingConnection, query: VisitPageQuery): Promise<VisitPage> {
  const list = await visitList(connection, query)
  return { ...list, count: query.cursor === undefined ? await visitCount(connection, query) : undefined }
}

/** The page without its count. @throws QueryError as `visitPage`. */
export async function visitList(connection: ReadingConnection, query: VisitPageQuery): Promise<VisitList> {
  check(query)
  const { process, order, limit, cursor } = query
  const mark = questionMark([process, query.stage, query.time, query.filter ?? {}, order])
  const after = cursor === undefined ? undefined : readCursor(cursor, mark, [0, 0, '', 0])
  const [sortMs = 0, start = 0, caseId = '', ordinal = 0] = after ?? []
  const { value, direction, isAfter } = sorted(order, query.time)
  const sortKey = `(${value}, start_ms, case_id, ordinal)`
  const rest = `AND ${sortKey} ${isAfter} ({sortMs:Int64}, {start:Int64}, {afterCase:String}, {ordinal:Int64})`
  // Only few rows are read with all their columns: those that start when one of the page does. On the first page these are
  // found without the ids of all cases, which are most of what there is to read; of rows with the cursor's start the id tells.
  const starts =
    after === undefined
      ? `SELECT start_ms FROM ${selectedVisits(query)} ORDER BY ${value} ${direction}, start_ms ${direction}`
      : `SELECT start_ms FROM ${selectedVisits(query)} ${rest} ORDER BY ${inOrder(value, direction)}`
  const rows = await connection.rows<StoredVisitColumns & { readonly sort_ms: number }>(
    `SELECT ${storedVisitColumns}, ${value} AS sort_ms
    FROM ${selectedVisits(query)} AND start_ms IN (${starts} LIMIT {limit:UInt32}) ${after === undefined ? '' : rest}
    ORDER BY ${inOrder('sort_ms', direction)} LIMIT {limit:UInt32}`,
    { ...selectionParameters(query), limit: limit + 1, sortMs, start, afterCase: caseId, ordinal },
  )
  const visits = rows.slice(0, limit)
  const last = visits.at(-1)
  return {
    visits: visits.map(row => storedVisit(row, process)),
    next:
      last === undefined || rows.length <= limit
        ? undefined
        : cursorText(mark, [last.sort_ms, last.start_ms, last.case_id, last.ordinal]),
  }
}

type Sorting = { readonly value: string; readonly direction: 'ASC' | 'DESC'; readonly isAfter: '<' | '>' }

function sorted(order: VisitOrder, time: VisitTime): Sorting {
  const at = time.by === 'end' ? 'assumeNotNull(end_ms)' : 'start_ms'
  if (order === 'oldest') return { value: at, direction: 'ASC', isAfter: '>' }
  return { value: order === 'newest' ? at : msOf(time), direction: 'DESC', isAfter: '<' }
}

const inOrder = (value: string, direction: Sorting['direction']): string =>
  [value, 'start_ms', 'case_id', 'ordinal'].map(column => `${column} ${direction}`).join(', ')

const orders: readonly VisitOrder[] = ['longest', 'newest', 'oldest']

function check(query: VisitPageQuery): void {
  checkSelection(query)
  checkWhole('limit', query.limit, 1, 1_000, 'visits')
  if (orders.includes(query.order)) return
  throw new QueryError('order', `is ${JSON.stringify(query.order)}`, `Use one of ${orders.join(', ')}.`)
}
