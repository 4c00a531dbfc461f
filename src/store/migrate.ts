import { createHash } from 'node:crypto'
import type { StoreConnection } from './connection.ts'
import type { Migration } from './schema.ts'
import { StoreError } from './store-error.ts'

/**
 * Brings the tables to the newest schema. Every statement may be repeated, so a crash in the middle does no harm.
 *
 * @throws StoreError where the store was written by a newer release, or an applied migration is not the one we know.
 */
export async function migrate(connection: StoreConnection, migrations: readonly Migration[]): Promise<void> {
  await connection.command(
    `CREATE TABLE IF NOT EXISTS stagewatch_migrations (
      number UInt32,
      name String,
      checksum String,
      applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY number`,
  )
  const applied = await connection.rows<{ number: number; checksum: string }>(
    'SELECT number, checksum FROM stagewatch_migrations FINAL ORDER BY number',
  )
  const newestKnown = Math.max(...migrations.map(migration => migration.number))
  const newestApplied = applied.at(-1)?.number ?? 0
  if (newestApplied > newestKnown) {
    throw new StoreError(
      `The store has schema ${newestApplied}, this release knows up to ${newestKnown}`,
      'Use the release that wrote it or a newer one, or start with an empty store.',
    )
  }
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]))
  for (const migration of migrations) {
    const known = checksums.get(migration.number)
    const checksum = createHash('sha256').update(migration.statements.join(';\n')).digest('hex')
    if (known === checksum) continue
    if (known !== undefined) {
      throw new StoreError(
        `Migration ${migration.number} of the store (${migration.name}) is not the one this release would apply`,
        'The tables were made by a build of another state: use that one, or start with an empty store.',
      )
    }
    for (const statement of migration.statements) await connection.command(statement)
    const line = JSON.stringify([migration.number, migration.name, checksum])
    await connection.insert('stagewatch_migrations', ['number', 'name', 'checksum'], Buffer.from(`${line}\n`))
  }
}
