import { instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { AuditRow } from '../writing/tables/audit.ts'
import { cursorText, questionMark, readCursor } from './cursor.ts'
import { checkRange, checkWhole, type Range } from './range.ts'

/** Entries of all chains in the store, the newest first. What is left out asks nothing. */
export type AuditQuery = Partial<Pick<AuditRow, 'actor' | 'action' | 'subject'>> & {
  readonly range?: Range
  /** 1 … 1,000. */
  readonly limit: number
  readonly cursor?: string
}

export type AuditPage = {
  readonly entries: readonly AuditRow[]
  /** Cursor of the page after; undefined: this is the last. */
  readonly next: string | undefined
}

type Columns = Omit<AuditRow, 'at' | 'detail'> & { readonly at_ms: number; readonly detail: string }

const conditions = {
  actor: 'actor = {actor:String}',
  action: 'action = {action:String}',
  subject: 'subject = {subject:String}',
  range: 'at_ms >= {from:Int64} AND at_ms < {to:Int64}',
  cursor: '(at_ms, chain, sequence) < ({afterMs:Int64}, {afterChain:String}, {afterSequence:UInt64})',
} as const

/** @throws QueryError where the range or the limit makes no sense, or the cursor is broken or that of another question. */
export async function auditPage(connection: ReadingConnection, query: AuditQuery): Promise<AuditPage> {
  const { actor = '', action = '', subject = '', range, limit, cursor } = query
  checkWhole('limit', limit, 1, 1_000, 'entries')
  if (range !== undefined) checkRange(range)
  const mark = questionMark(['audit', actor, action, subject, range ?? null])
  const after = cursor === undefined ? undefined : readCursor(cursor, mark, [0, '', 0])
  const asked = (Object.keys(conditions) as (keyof typeof conditions)[]).filter(name => query[name] !== undefined)
  const rows = await connection.rows<Columns>(
    `SELECT chain, sequence, at_ms, actor, action, subject, detail, previous, hash
    FROM audit FINAL
    WHERE ${['1', ...asked.map(name => conditions[name])].join(' AND ')}
    ORDER BY at_ms DESC, chain DESC, sequence DESC LIMIT {limit:UInt32}`,
    {
      ...{ actor, action, subject, from: range?.from ?? 0, to: range?.to ?? 0, limit: limit + 1 },
      ...{ afterMs: after?.[0] ?? 0, afterChain: after?.[1] ?? '', afterSequence: after?.[2] ?? 0 },
    },
  )
  const listed = rows.slice(0, limit)
  const last = listed.at(-1)
  return {
    entries: listed.map(({ at_ms, detail, ...row }) => ({ ...row, at: instant(at_ms), detail: JSON.parse(detail) })),
    next:
      last === undefined || rows.length <= limit
        ? undefined
        : cursorText(mark, [last.at_ms, last.chain, last.sequence]),
  }
}
