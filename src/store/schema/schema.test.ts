import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connect, engines } from '../../../test/support/clickhouse/engines.ts'
import { openStore } from '../store.ts'

const file = fileURLToPath(new URL('../../../docs/schema.sql', import.meta.url))

/** Without the engine's defaults, which a release may change. */
const plain = (statement: string): string =>
  `${statement.replace(/^CREATE TABLE \S+\./, 'CREATE TABLE ').replace(/\nSETTINGS index_granularity = 8192$/, '')};\n`

test('docs/schema.sql has the tables as they are', async () => {
  const engine = await engines[0]!.start()
  const options = engine.newStore()
  await (await openStore(options)).close()
  const { reading, writing } = await connect(options)
  const tables = await writing.rows<{ statement: string }>(
    `SELECT formatQuery(create_table_query) AS statement FROM system.tables
    WHERE database = currentDatabase() AND name != 'stagewatch_migrations' ORDER BY name`,
  )
  await reading.close()
  await writing.close()
  await engine.close()
  const text = `-- The tables of the store, as the migrations in src/store/schema/migrations leave them. This file is checked by
-- src/store/schema/schema.test.ts; UPDATE_SCHEMA=true writes it anew.

${tables.map(({ statement }) => plain(statement)).join('\n')}`
  if (process.env.UPDATE_SCHEMA) writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
})
