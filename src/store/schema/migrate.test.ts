import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { connect, engines } from '../../../test/support/clickhouse/engines.ts'
import { openFront } from '../../../test/support/clickhouse/open-clickhouse.ts'
import { seriesOf } from '../../../test/support/store/series.ts'
import { instant } from '../../event/instant.ts'
import type { StoreConnection } from '../clickhouse/connection.ts'
import { openServer } from '../clickhouse/server.ts'
import { openStore } from '../store.ts'
import { checksumOf, migrate } from './migrate.ts'
import { holdMigrationLock } from './migration-lock.ts'
import { migrations } from './schema.ts'

const columns = {
  visits: [
    ...['process', 'case_id', 'stage', 'start_ms', 'ordinal', 'visit', 'end_ms', 'outcome', 'reason', 'duration_ms'],
    ...['segment', 'attributes', 'source', 'partition', 'version', 'deleted'],
  ],
  panes: [
    ...['process', 'stage', 'total', 'segment', 'start_ms', 'source', 'partition', 'end_ms', 'entered', 'exited'],
    ...['abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'min_ms', 'max_ms', 'zero_count'],
    ...['bucket_indices', 'bucket_counts', 'version'],
  ],
}
const visit = ['orders', 'A-1', 'picking', 0, 0, 1, 700, 'completed', null, 700, '{}', '{}', 'events', 0, '5', 0]
const pane = (start: number, version: string) => [
  ...['orders', 'picking', 1, '{}', start, 'events', 0, start + 10_000, 1, 1, 0, 0, 0, 0, 700, 700, 700, 0],
  ...[[303], [1], version],
]

test.each(engines)(
  'a store of the first schema goes on with its rows, and takes rows with business time beside them: $name',
  async ({ start }) => {
    const engine = await start()
    const options = engine.newStore()
    const { writing, reading } = await connect(options)
    await migrate(writing, migrations.slice(0, 1))
    const lineOf = (row: readonly unknown[]) => Buffer.from(`${JSON.stringify(row)}\n`)
    await writing.insert('visits', columns.visits, lineOf(visit))
    await writing.insert('panes', columns.panes, lineOf(pane(0, '5')))
    await writing.insert('panes', columns.panes, lineOf(pane(10_000, '5')))
    await reading.close()
    await writing.close()

    const store = await openStore(options)
    const before = []
    for await (const one of store.allPanes('orders')) before.push(one)
    expect(before).toMatchObject([
      { start: 0, sumMs: 700, buckets: [[303, 1]], business: undefined },
      { start: 10_000, sumMs: 700, business: undefined },
    ])
    expect(await store.visitsOfCase('orders', 'A-1')).toMatchObject([{ durationMs: 700, businessMs: undefined }])
    const version = { source: 'events', partition: 0, epoch: 0, position: 6 }
    const business = { sumMs: 50, minMs: 50, maxMs: 50, buckets: [[181, 1]] } as const
    store.write({ visits: [], panes: [{ ...before[1]!, ...version, business }], measurePanes: [], deadLetters: [] })
    await store.flush()
    const after = []
    for await (const one of store.allPanes('orders')) after.push(one)
    expect(after).toEqual([before[0], { ...before[1], business }])
    const range = { from: instant(0), to: instant(20_000), stepMs: 20_000 }
    const series = await seriesOf(store, { process: 'orders', stage: 'picking', segment: undefined, ...range })
    expect(series).toMatchObject([{ exited: 2, sumMs: 750, minMs: 50, maxMs: 700, avgMs: 375 }])
    await store.close()
    await engine.close()
  },
)

/** Of released migrations, which never change. */
const checksums = [
  '86b0d4f8636fb43026619a225c174de31c83f5a7ba33a88eaec6648410841d90',
  'e59a082d36601b73cce41a14829b4e2e1187c521018e280243f348c1718a1bb4',
  '3fca544908cb0ff4ba4d3913a61163fc67fc8fc2aecbf20406957c1327ef33c6',
]

test('migrations that stores have been made with are as they were, whatever file they stand in', () => {
  expect(migrations.slice(0, checksums.length).map(checksumOf)).toEqual(checksums)
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1))
})

const lines = (...rows: readonly (readonly unknown[])[]) => Buffer.from(rows.map(row => JSON.stringify(row)).join('\n'))

test('a migration that is broken off after any of its statements is gone on with, and loses no visit', async () => {
  const engine = await engines[0]!.start()
  const byTime = migrations.findIndex(({ name }) => name === 'visits by stage and time')
  const statements = migrations[byTime]?.statements.length ?? 0
  expect(statements).toBeGreaterThan(2)
  for (let survived = 0; survived <= statements; survived++) {
    const options = engine.newStore()
    const { writing, reading } = await connect(options)
    await migrate(writing, migrations.slice(0, byTime))
    const other = ['orders', 'A-2', 'packing', 5, 0, 2, null, 'open', null, null, '{}', '{}', 'events', 0, '6', 0]
    await writing.insert('visits', columns.visits, lines(visit, other))
    let left = survived
    const killed: StoreConnection = {
      ...writing,
      command: async (sql, parameters) => {
        const isOfMigration = sql.includes('visits_by_')
        if (isOfMigration && left === 0) throw new Error('killed')
        if (isOfMigration) left--
        await writing.command(sql, parameters)
      },
      insert: async (table, ...rest) => {
        if (table === 'stagewatch_migrations') throw new Error('killed')
        await writing.insert(table, ...rest)
      },
    }
    await expect(migrate(killed, migrations)).rejects.toThrow('killed')
    await reading.close()
    await writing.close()
    const store = await openStore(options)
    expect(await store.visitsOfCase('orders', 'A-1')).toMatchObject([{ stage: 'picking', durationMs: 700, end: 700 }])
    expect(await store.visitsOfCase('orders', 'A-2')).toMatchObject([{ visit: 2, outcome: 'open', position: 6 }])
    expect(await store.counts('orders')).toMatchObject({ visits: 2, openVisits: 1 })
    await store.close()
  }
  await engine.close()
})

test('several processes that open an empty store at once make one schema, each migration applied once', async () => {
  const front = await openFront()
  const address = { kind: 'server', url: front.url, user: front.user, password: front.password, database: 'at_once' }
  const script = `
    import { openStore } from ${JSON.stringify(new URL('../../../dist/store/store.js', import.meta.url).href)}
    const store = await openStore(${JSON.stringify(address)})
    await store.close()`
  const open = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const errors = text(child.stderr)
    const [code] = await once(child, 'exit')
    return { code, errors: await errors }
  }
  const ended = await Promise.all([open(), open(), open()])
  expect(ended).toEqual([1, 2, 3].map(() => ({ code: 0, errors: '' })))
  const { writing, reading } = await openServer(address)
  const applied = await writing.rows(
    'SELECT number, toString(count()) AS times FROM stagewatch_migrations GROUP BY number',
  )
  expect(applied).toHaveLength(migrations.length)
  for (const row of applied) expect(row).toMatchObject({ times: '1' })
  const locks = await writing.rows("SELECT name FROM system.tables WHERE name LIKE 'stagewatch_migration_lock%'")
  expect(locks).toEqual([])
  await reading.close()
  await writing.close()
  await front.close()
})

test('the lock of a process that was killed while it migrated is taken over, that of a living one is waited for', async () => {
  const engine = await engines[0]!.start()
  const { writing, reading } = await connect(engine.newStore())
  const release = await holdMigrationLock(writing)
  let isDone = false
  const waiting = migrate(writing, migrations, 60_000).then(() => {
    isDone = true
  })
  await writing.rows('SELECT sleep(0.5)')
  expect(isDone).toBe(false)
  await release()
  await waiting

  await writing.command(
    'CREATE TABLE stagewatch_migration_lock_7 (alive_at DateTime64(3), nothing UInt8) ENGINE = MergeTree ORDER BY alive_at',
  )
  const next = await holdMigrationLock(writing, 300)
  const held = "SELECT name FROM system.tables WHERE name LIKE 'stagewatch_migration_lock%'"
  expect(await writing.rows(held)).toEqual([{ name: 'stagewatch_migration_lock_8' }])
  await next()
  expect(await writing.rows(held)).toEqual([])
  await reading.close()
  await writing.close()
  await engine.close()
})
