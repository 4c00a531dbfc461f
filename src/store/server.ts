import { Readable } from 'node:stream'
import { type ClickHouseClient, ClickHouseLogLevel, createClient, drainStream } from '@clickhouse/client'
import { insertSettings, type QueryParameters, readSettings, type StoreConnections } from './connection.ts'
import { messageOf, StoreError } from './store-error.ts'

export type ServerAddress = {
  /** `http://host:8123` or `https://…`. */
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

const requestTimeoutMs = 60_000

/**
 * Connects to a ClickHouse server over HTTP; the database is created if it is not there.
 *
 * @throws StoreError where the server does not answer or refuses the user.
 */
export async function openServer({ url, user, password, database }: ServerAddress): Promise<StoreConnections> {
  const connect = (settings: Record<string, string | number>, inDatabase: string) =>
    createClient({
      url,
      username: user,
      password,
      database: inDatabase,
      application: 'stagewatch',
      request_timeout: requestTimeoutMs,
      // Failures are thrown, and reported by who asked; the client would print them as well.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: settings,
    })
  const first = connect({}, 'default')
  try {
    const named = { database }
    const found = await rows<{ name: string }>(
      first,
      'SELECT name FROM system.databases WHERE name = {database:String}',
      named,
    )
    if (found.length === 0) {
      await first.command({ query: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}', query_params: named })
    }
  } catch (error) {
    throw new StoreError(
      `The ClickHouse server at ${url} cannot be used as ${user}: ${messageOf(error)}`,
      `Check the address (HTTP port, 8123 by default), user and password, and that the user may create tables in "${database}".`,
      error,
    )
  } finally {
    await first.close()
  }
  return {
    writing: connection(connect(insertSettings, database)),
    reading: connection(connect(readSettings, database)),
  }
}

function connection(client: ClickHouseClient): StoreConnections['writing'] {
  return {
    command: async (sql, parameters = {}) => {
      await client.command({ query: sql, query_params: parameters })
    },
    rows: (sql, parameters) => rows(client, sql, parameters),
    insert: async (table, columns, lines) => {
      // Not client.insert: it takes rows as objects only and would encode them a second time.
      const { stream } = await client.exec({
        query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT JSONCompactEachRow`,
        values: Readable.from([lines], { objectMode: false }),
      })
      await drainStream(stream)
    },
    close: () => client.close(),
  }
}

async function rows<Row>(client: ClickHouseClient, sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
  const result = await client.query({ query: sql, format: 'JSONEachRow', query_params: parameters })
  return result.json<Row>()
}
