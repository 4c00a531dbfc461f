import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreConnections } from '../../../src/store/clickhouse/connection.ts'
import { openEmbedded } from '../../../src/store/clickhouse/embedded.ts'
import { openServer } from '../../../src/store/clickhouse/server.ts'
import type { StoreOptions } from '../../../src/store/store.ts'
import { openFront } from './open-clickhouse.ts'

/** Where stores are kept while a test file runs. */
export type Engine = {
  /** A store of its own, which is empty. The embedded engine has one open at a time. */
  newStore(): StoreOptions
  /** Removes all stores; they have to be closed. */
  close(): Promise<void>
}

/** For `describe.each`: both ways into ClickHouse have to behave alike. */
export const engines: readonly { readonly name: string; readonly start: () => Promise<Engine> }[] = [
  { name: 'embedded', start: startEmbedded },
  { name: 'over HTTP', start: startServer },
]

export const connect = (options: StoreOptions): Promise<StoreConnections> =>
  options.kind === 'embedded' ? openEmbedded(options.path) : openServer(options)

async function startEmbedded(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-store-'))
  return {
    newStore: () => ({ kind: 'embedded', path: join(directory, randomUUID()) }),
    close: async () => rmSync(directory, { recursive: true }),
  }
}

/** The server that `CLICKHOUSE_URL` names, where it does, in databases of our own; else a front. */
async function startServer(): Promise<Engine> {
  const { CLICKHOUSE_URL: url, CLICKHOUSE_USER = 'default', CLICKHOUSE_PASSWORD = '' } = process.env
  const server = url ? { url, user: CLICKHOUSE_USER, password: CLICKHOUSE_PASSWORD } : await openFront()
  const address = { kind: 'server', url: server.url, user: server.user, password: server.password } as const
  const databases: string[] = []
  return {
    newStore: () => {
      const database = `stagewatch_test_${randomUUID().replaceAll('-', '')}`
      databases.push(database)
      return { ...address, database }
    },
    close: async () => {
      if ('close' in server) return server.close()
      const { writing, reading } = await openServer({ ...address, database: 'default' })
      for (const database of databases)
        await writing.command('DROP DATABASE IF EXISTS {database:Identifier}', { database })
      await reading.close()
      await writing.close()
    },
  }
}
