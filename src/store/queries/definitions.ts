import type { Instant } from '../../event/instant.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import type { DefinitionRow } from '../writing/tables/definitions.ts'

type Latest = Pick<DefinitionRow, 'kind' | 'name' | 'hash' | 'owner' | 'epoch'>

/** The definitions that are in force, as far as the store knows. */
async function latestDefinitions(connection: ReadingConnection, process: string): Promise<Latest[]> {
  return connection.rows<Latest>(
    `SELECT kind, name, argMax(hash, since_ms) AS hash, argMax(owner, since_ms) AS owner, argMax(epoch, since_ms) AS epoch
    FROM definitions FINAL WHERE process = {process:String}
    GROUP BY kind, name HAVING hash != '' ORDER BY kind, name`,
    { process },
  )
}

/** The epoch of the process's newest rows, and the fingerprint of the definitions that the fold had then. */
export async function foldInForce(
  connection: ReadingConnection,
  process: string,
): Promise<{ readonly fingerprint: string; readonly epoch: number } | undefined> {
  const fold = (await latestDefinitions(connection, process)).find(({ kind }) => kind === 'fold')
  return fold && { fingerprint: fold.hash, epoch: fold.epoch }
}

/**
 * The rows that say what changed: definitions that are new or others than before, and those that are gone, with an empty
 * hash.
 *
 * @param present of one process; all that are in force from `since` on.
 */
export async function changedDefinitions(
  connection: ReadingConnection,
  process: string,
  present: readonly DefinitionRow[],
  since: Instant,
): Promise<DefinitionRow[]> {
  const latest = await latestDefinitions(connection, process)
  const keyOf = ({ kind, name }: Pick<DefinitionRow, 'kind' | 'name'>) => `${kind} ${name}`
  const known = new Map(latest.map(row => [keyOf(row), row]))
  const inForce = new Set(present.map(keyOf))
  const changed = present.filter(row => {
    const former = known.get(keyOf(row))
    return former?.hash !== row.hash || former.epoch !== row.epoch
  })
  const gone = latest.filter(row => !inForce.has(keyOf(row)))
  return [...changed, ...gone.map(row => ({ ...row, process, since, hash: '', version: undefined, definition: '' }))]
}
