import { messageOf, StoreError } from '../store-error.ts'
import { insertSettings, readSettings, type StoreConnection, type StoreConnections } from './connection.ts'
import { connectTo, defaultTimeLimits, type ServerTls, type ServerUser, type TimeLimits } from './server-connection.ts'
import { checkVersion } from './server-version.ts'

export type ServerAddress = {
  /** `http://host:8123` or `https://…`. */
  readonly url: string
  readonly user: string
  /** Empty: none, or the certificate of `tls` signs in. */
  readonly password: string
  readonly database: string
  /** How `https` is spoken; without it, with the authorities that Node knows. */
  readonly tls?: ServerTls
  /** Who reads; without it, `user`. */
  readonly reader?: ServerUser
  /** Instead of the defaults, for tests. */
  readonly timeLimits?: Partial<TimeLimits>
}

/**
 * Connects to a ClickHouse server over HTTP; the database is created if it is not there.
 *
 * @throws StoreError where the server does not answer, is too old, refuses a user, or gives one too few rights.
 */
export async function openServer(address: ServerAddress): Promise<StoreConnections> {
  const { url, user, password, database, tls, reader = { user, password } } = address
  const limits = { ...defaultTimeLimits, ...address.timeLimits }
  const connect = (as: ServerUser, settings: Record<string, string | number>, inDatabase: string) =>
    connectTo({ url, tls, user: as, database: inDatabase, settings, limits })
  const writes = `may create tables in "${database}"`
  await asking(connect({ user, password }, {}, 'default'), user, writes, url, first => prepare(first, address))
  const reads = `may read "${database}"`
  const settings = await asking(connect(reader, {}, database), reader.user, reads, url, first =>
    settingsOfReader(first, reader.user),
  )
  return {
    writing: connect({ user, password }, insertSettings, database),
    reading: connect(reader, settings, database),
  }
}

/** Asks the server what has to be known of it; what goes wrong then is about the configuration. */
async function asking<T>(
  connection: StoreConnection,
  user: string,
  rights: string,
  url: string,
  ask: (connection: StoreConnection) => Promise<T>,
): Promise<T> {
  try {
    return await ask(connection)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const certificates = url.startsWith('https:') ? 'certificates, ' : ''
    throw new StoreError(
      `The ClickHouse server at ${url} cannot be used as ${user}: ${messageOf(error)}`,
      `Check the address (HTTP port, 8123 by default), ${certificates}user and password, and that the user ${rights}.`,
      error,
    )
  } finally {
    await connection.close()
  }
}

async function prepare(connection: StoreConnection, { url, user, database }: ServerAddress): Promise<void> {
  const [about] = await connection.rows<{ version: string }>('SELECT version() AS version')
  checkVersion(url, about?.version ?? 'unknown')
  if ((await readonlyOf(connection)) !== 0) {
    throw new StoreError(
      `The user ${user} of the ClickHouse server may only read`,
      'Name one that may create and write tables as "user"; one that may only read can be the "reader".',
    )
  }
  const named = { database }
  const found = await connection.rows<{ name: string }>(
    'SELECT name FROM system.databases WHERE name = {database:String}',
    named,
  )
  if (found.length === 0) await connection.command('CREATE DATABASE IF NOT EXISTS {database:Identifier}', named)
}

/**
 * The settings that reads are sent with. A user whose profile says `readonly = 2` may set limits, but not `readonly`
 * itself; with 1 it may set none, and would read without limits of ours.
 */
async function settingsOfReader(connection: StoreConnection, user: string): Promise<Record<string, string | number>> {
  const readonly = await readonlyOf(connection)
  if (readonly === 1) {
    throw new StoreError(
      `The user ${user} of the ClickHouse server has readonly = 1, and cannot be given the limits of our reads`,
      'Give it readonly = 2, or no such setting and only the right to SELECT.',
    )
  }
  if (readonly === 0) return readSettings
  const { readonly: _, ...limits } = readSettings
  return limits
}

/** A number may come as a text: that depends on the server's release and profile. */
async function readonlyOf(connection: StoreConnection): Promise<number> {
  const [row] = await connection.rows<{ readonly: number | string }>("SELECT getSetting('readonly') AS readonly")
  return Number(row?.readonly)
}
