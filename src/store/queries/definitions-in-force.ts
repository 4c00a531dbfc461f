import { type Instant, instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { DefinitionRow } from '../writing/tables/definitions.ts'
import { checkInstant } from './range.ts'

/** Which definition gave a number. */
export type DefinitionQuery = Pick<DefinitionRow, 'process' | 'kind' | 'name'> & { readonly at: Instant }

type DefinitionColumns = Omit<DefinitionRow, 'since' | 'version'> & {
  readonly since_ms: number
  readonly version: number | null
}

const definitionColumns = 'process, kind, name, since_ms, hash, version, owner, epoch, definition'

const named = 'process = {process:String} AND kind = {kind:String} AND name = {name:String}'

/**
 * The definition that was in force at an instant.
 *
 * @returns undefined before the first that is known.
 * @throws QueryError where `at` is no instant.
 */
export async function definitionInForce(
  connection: ReadingConnection,
  query: DefinitionQuery,
): Promise<DefinitionRow | undefined> {
  const { process, kind, name, at } = query
  checkInstant('at', at)
  const rows = await connection.rows<DefinitionColumns>(
    `SELECT ${definitionColumns} FROM definitions FINAL
    WHERE ${named} AND since_ms <= {at:Int64} ORDER BY since_ms DESC LIMIT 1`,
    { process, kind, name, at },
  )
  return rows.map(definitionOf)[0]
}

/** All that were ever in force, oldest first; at most 1,000, the newest. */
export async function definitionHistory(
  connection: ReadingConnection,
  query: Omit<DefinitionQuery, 'at'>,
): Promise<DefinitionRow[]> {
  const { process, kind, name } = query
  const rows = await connection.rows<DefinitionColumns>(
    `SELECT ${definitionColumns} FROM definitions FINAL WHERE ${named} ORDER BY since_ms DESC LIMIT 1000`,
    { process, kind, name },
  )
  return rows.reverse().map(definitionOf)
}

const definitionOf = ({ since_ms, version, ...row }: DefinitionColumns): DefinitionRow => ({
  ...row,
  since: instant(since_ms),
  version: version ?? undefined,
})
