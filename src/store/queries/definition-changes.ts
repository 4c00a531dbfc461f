import { instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { DefinitionRow } from '../writing/tables/definitions.ts'
import { cursorText, questionMark, readCursor } from './cursor.ts'
import { checkWhole } from './range.ts'

/** What was defined anew, otherwise or no longer, the newest first. */
export type DefinitionChangesQuery = Pick<DefinitionRow, 'process'> & {
  readonly kind?: DefinitionRow['kind']
  readonly name?: string
  /** 1 … 500. */
  readonly limit: number
  readonly cursor?: string
}

export type DefinitionChange = {
  readonly row: DefinitionRow
  /** What was in force before; undefined: nothing of that name had ever been. */
  readonly former: Pick<DefinitionRow, 'hash' | 'definition'> | undefined
  /** It is in force still. */
  readonly inForce: boolean
}

export type DefinitionChanges = {
  readonly changes: readonly DefinitionChange[]
  /** Cursor of the page after; undefined: this is the last. */
  readonly next: string | undefined
}

type Columns = Omit<DefinitionRow, 'since' | 'version'> & {
  readonly since_ms: number
  readonly version: number | null
  readonly rank: number
  readonly former_hash: string
  readonly former_definition: string
  readonly newest_ms: number
}

/** @throws QueryError where the limit makes no sense, or the cursor is broken or that of another question. */
export async function definitionChanges(
  connection: ReadingConnection,
  query: DefinitionChangesQuery,
): Promise<DefinitionChanges> {
  const { process, kind = '', name = '', limit, cursor } = query
  checkWhole('limit', limit, 1, 500, 'definitions')
  const mark = questionMark(['definitions', process, kind, name])
  const after = cursor === undefined ? undefined : readCursor(cursor, mark, [0, '', ''])
  const ofOne = 'PARTITION BY kind, name ORDER BY since_ms'
  const rows = await connection.rows<Columns>(
    `SELECT * FROM (
      SELECT process, kind, name, since_ms, hash, version, owner, epoch, definition,
        row_number() OVER (${ofOne}) AS rank,
        lagInFrame(hash) OVER (${ofOne} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS former_hash,
        lagInFrame(definition) OVER (${ofOne} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS former_definition,
        max(since_ms) OVER (PARTITION BY kind, name) AS newest_ms
      FROM definitions FINAL
      WHERE process = {process:String} AND ({kind:String} = '' OR kind = {kind:String}) AND ({name:String} = '' OR name = {name:String})
    )
    WHERE {first:UInt8} = 1 OR (since_ms, kind, name) < ({since:Int64}, {afterKind:String}, {afterName:String})
    ORDER BY since_ms DESC, kind DESC, name DESC LIMIT {limit:UInt32}`,
    {
      ...{ process, kind, name, limit: limit + 1, first: after === undefined ? 1 : 0 },
      ...{ since: after?.[0] ?? 0, afterKind: after?.[1] ?? '', afterName: after?.[2] ?? '' },
    },
  )
  const listed = rows.slice(0, limit)
  const last = listed.at(-1)
  return {
    changes: listed.map(changeOf),
    next:
      last === undefined || rows.length <= limit ? undefined : cursorText(mark, [last.since_ms, last.kind, last.name]),
  }
}

const changeOf = (row: Columns): DefinitionChange => ({
  row: {
    ...{ process: row.process, kind: row.kind, name: row.name, since: instant(row.since_ms), hash: row.hash },
    ...{ version: row.version ?? undefined, owner: row.owner, epoch: row.epoch, definition: row.definition },
  },
  former: row.rank === 1 ? undefined : { hash: row.former_hash, definition: row.former_definition },
  inForce: row.since_ms === row.newest_ms && row.hash !== '',
})
