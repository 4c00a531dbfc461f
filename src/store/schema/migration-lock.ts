import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { StoreConnection } from '../clickhouse/connection.ts'

/*
 * ClickHouse has no locks, but of two processes that create one table only one succeeds. So the lock is a table,
 * `stagewatch_migration_lock_<n>`: who creates it holds it, and drops it at the end. The holder tells every second that it
 * lives; where it has not for half a minute (it was killed), the next number may be created. All instants are the
 * server's own, so that clocks need not agree.
 */
const prefix = 'stagewatch_migration_lock_'
const signOfLifeMs = 1_000
const defaultPatienceMs = 30_000
const lookEveryMs = 200

type Holder = { readonly number: number; readonly silentMs: number }

/**
 * Waits until nobody else migrates these tables, and keeps others out.
 *
 * @param patienceMs after so long without a sign of life a holder is taken for dead.
 * @returns what lets the next one in.
 */
export async function holdMigrationLock(
  connection: StoreConnection,
  patienceMs: number = defaultPatienceMs,
): Promise<() => Promise<void>> {
  for (;;) {
    const holder = await newestHolder(connection)
    if (holder !== undefined && holder.silentMs < patienceMs) {
      await wait(lookEveryMs)
      continue
    }
    const name = `${prefix}${(holder?.number ?? 0) + 1}`
    if (!(await create(connection, name))) continue
    if (holder !== undefined) await connection.command(`DROP TABLE IF EXISTS ${prefix}${holder.number}`)
    return hold(connection, name)
  }
}

async function create(connection: StoreConnection, name: string): Promise<boolean> {
  const id = randomUUID()
  // Said by two at once without IF NOT EXISTS one would fail; the comment tells apart who was first.
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${name} (alive_at DateTime64(3, 'UTC') DEFAULT now64(3), nothing UInt8)
    ENGINE = MergeTree ORDER BY alive_at COMMENT '${id}'`,
  )
  const [found] = await connection.rows<{ comment: string }>(
    'SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { name },
  )
  return found?.comment === id
}

function hold(connection: StoreConnection, name: string): () => Promise<void> {
  const tell = () => connection.insert(name, ['nothing'], Buffer.from('[0]\n'))
  // One that is missed is made up for by the next; where none comes through, the work itself fails and says why.
  const beat = setInterval(() => void tell().catch(() => {}), signOfLifeMs)
  return async () => {
    clearInterval(beat)
    await connection.command(`DROP TABLE IF EXISTS ${name}`)
  }
}

async function newestHolder(connection: StoreConnection): Promise<Holder | undefined> {
  const tables = await connection.rows<{ number: number; age_ms: number }>(
    `SELECT toUInt32(substring(name, ${prefix.length + 1})) AS number,
      dateDiff('millisecond', metadata_modification_time, now64(3)) AS age_ms
    FROM system.tables WHERE database = currentDatabase() AND startsWith(name, '${prefix}')
    ORDER BY number DESC LIMIT 1`,
  )
  const newest = tables[0]
  if (newest === undefined) return undefined
  const told = await connection
    .rows<{ silent_ms: number | null }>(
      `SELECT dateDiff('millisecond', max(alive_at), now64(3)) AS silent_ms FROM ${prefix}${newest.number}
      HAVING count() > 0`,
    )
    // Dropped meanwhile: whoever comes first may have it.
    .catch(() => [])
  return {
    number: newest.number,
    silentMs: Math.min(Number(newest.age_ms), Number(told[0]?.silent_ms ?? newest.age_ms)),
  }
}
