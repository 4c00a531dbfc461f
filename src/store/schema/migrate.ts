import { createHash } from 'node:crypto'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { StoreError } from '../store-error.ts'
import { holdMigrationLock } from './migration-lock.ts'
import type { Migration, Statement } from './migrations/migration.ts'

/**
 * Brings the tables to the newest schema. Several processes may do so at once: one works, the others wait for it. A
 * process that is killed at it does no harm, the next one goes on.
 *
 * @param lockPatienceMs after so long without a sign of life another process that migrates is taken for dead.
 * @throws StoreError where the store was written by a newer release, or an applied migration is not the one we know.
 */
export async function migrate(
  connection: StoreConnection,
  migrations: readonly Migration[],
  lockPatienceMs?: number,
): Promise<void> {
  await connection.command(
    `CREATE TABLE IF NOT EXISTS stagewatch_migrations (
      number UInt32,
      name String,
      checksum String,
      applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY number`,
  )
  if ((await missing(connection, migrations)).length === 0) return
  const release = await holdMigrationLock(connection, lockPatienceMs)
  try {
    for (const migration of await missing(connection, migrations)) await apply(connection, migration)
  } finally {
    await release()
  }
}

/** Those that are still to be applied, in order. */
async function missing(connection: StoreConnection, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await connection.rows<{ number: number; checksum: string }>(
    'SELECT number, checksum FROM stagewatch_migrations FINAL ORDER BY number',
  )
  const newestKnown = Math.max(...migrations.map(({ number }) => number))
  const newestApplied = applied.at(-1)?.number ?? 0
  if (newestApplied > newestKnown) {
    throw new StoreError(
      `The store has schema ${newestApplied}, this release knows up to ${newestKnown}`,
      'Use the release that wrote it or a newer one, or start with an empty store.',
    )
  }
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]))
  return migrations.filter(migration => {
    const known = checksums.get(migration.number)
    if (known === undefined || known === checksumOf(migration)) return known === undefined
    throw new StoreError(
      `Migration ${migration.number} of the store (${migration.name}) is not the one this release would apply`,
      'The tables were made by a build of another state: use that one, or start with an empty store.',
    )
  })
}

async function apply(connection: StoreConnection, migration: Migration): Promise<void> {
  for (const statement of migration.statements) {
    if (await isToRun(connection, statement)) await connection.command(sqlOf(statement))
  }
  const line = JSON.stringify([migration.number, migration.name, checksumOf(migration)])
  await connection.insert('stagewatch_migrations', ['number', 'name', 'checksum'], Buffer.from(`${line}\n`))
}

async function isToRun(connection: StoreConnection, statement: Statement): Promise<boolean> {
  return typeof statement === 'string' || (await connection.rows(statement.where)).length > 0
}

const sqlOf = (statement: Statement): string => (typeof statement === 'string' ? statement : statement.sql)

export const checksumOf = ({ statements }: Migration): string =>
  createHash('sha256').update(statements.map(sqlOf).join(';\n')).digest('hex')
