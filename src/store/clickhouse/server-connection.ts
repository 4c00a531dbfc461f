import { setMaxListeners } from 'node:events'
import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { StoreConnection } from './connection.ts'

/** PEM texts. Without `ca`, the authorities that Node knows. `cert` and `key` come together. */
export type ServerTls = { readonly ca?: string; readonly cert?: string; readonly key?: string }

export type ServerUser = { readonly user: string; readonly password: string }

/**
 * How long the server may take, from the request to the last byte of its answer. A server that hangs keeps connections
 * open, so only the clock tells it from one that works.
 */
export type TimeLimits = {
  readonly insertMs: number
  /** More than the server's own limit of a read (`readSettings`), whose message says more. */
  readonly readMs: number
  /** Of statements that change tables; on large ones they take their time. */
  readonly commandMs: number
}

export const defaultTimeLimits: TimeLimits = { insertMs: 60_000, readMs: 20_000, commandMs: 600_000 }

export type Connect = {
  readonly url: string
  readonly tls: ServerTls | undefined
  readonly user: ServerUser
  readonly database: string
  readonly settings: Readonly<Record<string, string | number>>
  readonly limits: TimeLimits
}

/** Opens nothing yet: a connection is made with the first request, and kept for those that follow soon. */
export function connectTo({ url, tls, user, database, settings, limits }: Connect): StoreConnection {
  const client = createClient({
    url,
    username: user.user,
    database,
    application: 'stagewatch',
    // Says only how long a connection may be silent; the limits here are kept by `within`.
    request_timeout: Math.max(...Object.values(limits)) + 1_000,
    // Failures are thrown, and reported by who asked; the client would print them as well.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: settings,
    ...signIn(user, tls),
    // Not the client's own settings for TLS: with a certificate they cannot do without an authority of one's own, and
    // ask the server to sign in by the certificate and by the password at once, which it refuses.
    ...(tls && { http_agent: new Agent({ keepAlive: true, maxSockets: 10, ...tls }) }),
  })
  const closing = new AbortController()
  // One for each request that is under way.
  setMaxListeners(0, closing.signal)
  const inTime = <T>(limitMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    if (closing.signal.aborted) return Promise.reject(new Error('the connection to the ClickHouse server is closed'))
    return within(limitMs, closing.signal, run)
  }
  return {
    command: (sql, parameters = {}) =>
      inTime(limits.commandMs, async signal => {
        await client.command({ query: sql, query_params: parameters, abort_signal: signal })
      }),
    rows: <Row>(sql: string, parameters = {}) =>
      inTime(limits.readMs, async signal => {
        const result = await client.query({
          query: sql,
          format: 'JSONEachRow',
          query_params: parameters,
          abort_signal: signal,
        })
        signal.addEventListener('abort', () => result.close())
        return result.json<Row>()
      }),
    insert: (table, columns, lines) =>
      inTime(limits.insertMs, async signal => {
        // Not client.insert: it takes rows as objects only and would encode them a second time.
        const { stream } = await client.exec({
          query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT JSONCompactEachRow`,
          values: Readable.from([lines], { objectMode: false }),
          abort_signal: signal,
        })
        signal.addEventListener('abort', () => stream.destroy())
        // An answer that breaks off is none, also where its status was good.
        await finished(stream.resume())
      }),
    close: async () => {
      closing.abort(new Error('the connection to the ClickHouse server was closed'))
      await client.close()
    },
  }
}

/** A user without a password who has a certificate signs in by it; with both, the certificate opens the connection only. */
function signIn({ user, password }: ServerUser, tls: ServerTls | undefined): Parameters<typeof createClient>[0] {
  if (password !== '' || tls?.cert === undefined) return { password }
  return {
    set_basic_auth_header: false,
    http_headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-SSL-Certificate-Auth': 'on' },
  }
}

/**
 * Runs a request for at most so long.
 *
 * @param closing ends it early.
 * @param run what it leaves open it has to end when its signal is aborted.
 */
async function within<T>(limitMs: number, closing: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const end = (reason: Error) => ending.abort(reason)
  const onClosing = () => end(closing.reason)
  closing.addEventListener('abort', onClosing, { once: true })
  const timer = setTimeout(() => end(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs)
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true })
  })
  try {
    return await Promise.race([ended, run(ending.signal)])
  } finally {
    clearTimeout(timer)
    closing.removeEventListener('abort', onClosing)
  }
}
