import { constants } from 'node:fs'
import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import type { ChdbConnection } from 'chdb/connection'
import PQueue from 'p-queue'
import { messageOf, StoreError } from '../store-error.ts'
import {
  insertSettings,
  type QueryParameters,
  type ReadingConnection,
  readSettings,
  type StoreConnection,
  type StoreConnections,
} from './connection.ts'
import { copyEmbedded, removeFrozen } from './embedded-copy.ts'
import { noteEngine, requireEngineFor } from './engine-version.ts'
import { MergeStop, requireRoomLeft, requireRoomToStart, requireRoomToWrite } from './free-space.ts'

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>
type Session = { readonly chdb: ChdbConnection; readonly client: ClickHouseClient }

/**
 * Opens ClickHouse inside this process, with its data in a directory of its own.
 *
 * The engine's library is large, so it is loaded only here, not by those who use a server.
 *
 * @throws StoreError where the directory cannot be used, or another process has it open: the engine allows one.
 */
export async function openEmbedded(path: string): Promise<StoreConnections> {
  await checkDirectory(path)
  await requireRoomToStart(path)
  const { createChdbConnection } = await import('chdb/connection')
  const engine = await engineVersion()
  if (engine !== undefined) await requireEngineFor(path, engine)
  const openSession = (): Session => {
    const chdb = createChdbConnection({ path })
    // chdb implements the client's connection but bundles the types of another release; a cast is all that differs.
    return { chdb, client: createClient({ connection: chdb as unknown as ClientConnection }) }
  }
  let writer: Session
  try {
    writer = openSession()
  } catch (error) {
    throw await whyNotOpened(path, error)
  }
  const reader = await noteEngineOf(writer, path)
    .then(() => removeFrozen(path))
    .then(() => reading(openSession))
    .catch(async (error: unknown) => {
      await writer.client.close()
      throw error
    })
  const command = async (sql: string, parameters: QueryParameters = {}) => {
    await writer.client.command({ query: sql, query_params: parameters })
  }
  const mergeStop = new MergeStop(path, command)
  const writing: StoreConnection = {
    command: async (sql, parameters) => {
      if (!writesRows(sql)) return command(sql, parameters)
      await requireRoomToWrite(path)
      await command(sql, parameters)
      await requireRoomLeft(path)
    },
    rows: (sql, parameters) => rows(writer.client, sql, parameters),
    insert: async (table, columns, lines) => {
      await requireRoomToWrite(path)
      // Not client.insert: its settings would stick to the session, and it copies the rows into the statement's text.
      await writer.chdb.chdb.rawInsert({
        table,
        columns,
        format: 'JSONCompactEachRow',
        values: lines,
        settings: insertSettings,
      })
      await requireRoomLeft(path)
    },
    close: async () => {
      await mergeStop.close()
      await writer.client.close()
    },
  }
  return { writing, reading: reader, copyTo: directory => copyEmbedded(path, directory, writing) }
}

let knownVersion: string | undefined

/** Such as `26.7.2.1`; undefined where another directory is open, which the engine refuses to leave for this one anyway. */
async function engineVersion(): Promise<string | undefined> {
  const { version } = await import('chdb')
  knownVersion ??= /\d+(\.\d+)+/.exec(version().libchdb)?.[0]
  return knownVersion
}

async function noteEngineOf({ client }: Session, path: string): Promise<void> {
  const [row] = await rows<{ version: string }>(client, 'SELECT version() AS version')
  if (row !== undefined) await noteEngine(path, row.version)
}

/** Sums of panes are inserted by a query, and replaced history is deleted by one. */
const writesRows = (sql: string): boolean => /^\s*(INSERT|DELETE)\b/.test(sql)

/** A long question must not hold up a short one, and all of them must leave threads for files and for writing. */
const READ_AT_ONCE = 2

/**
 * Sessions that may only read, each with one statement at a time. `readonly` keeps them from inserting, from changing
 * tables and settings, and from the table functions that reach files and the network. The embedded engine still lets a
 * statement say `INTO OUTFILE` or call `file()`, so no statement may hold outside text: values are bound.
 */
async function reading(openSession: () => Session): Promise<ReadingConnection> {
  const open = new Set<Session>()
  const idle: Session[] = []
  const restricted = async () => {
    const session = openSession()
    open.add(session)
    for (const [name, value] of Object.entries(readSettings)) {
      await session.client.command({ query: `SET ${name} = ${typeof value === 'string' ? `'${value}'` : value}` })
    }
    return session
  }
  const end = async (session: Session) => {
    open.delete(session)
    await session.client.close()
  }
  idle.push(await restricted())
  let closed = false
  const someAtATime = new PQueue({ concurrency: READ_AT_ONCE })
  return {
    rows: <Row>(sql: string, parameters?: QueryParameters): Promise<Row[]> =>
      someAtATime.add(async () => {
        if (closed) throw new Error('a store was read that is closed')
        const session = idle.pop() ?? (await restricted())
        try {
          const found = await rows<Row>(session.client, sql, parameters)
          idle.push(session)
          return found
        } catch (error) {
          // What a statement had put out before it failed would come out in front of this session's next answer.
          await end(session)
          throw error
        }
      }),
    // A read under way is not waited for here; the engine ends it, or its time limit does.
    close: async () => {
      closed = true
      await Promise.all([...open].map(end))
    },
  }
}

async function rows<Row>(client: ClickHouseClient, sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
  const result = await client.query({ query: sql, format: 'JSONEachRow', query_params: parameters })
  return result.json<Row>()
}

async function checkDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new StoreError(
      `The store's directory ${path} cannot be used: ${messageOf(error)}`,
      'Name a directory that this user may create or write.',
      error,
    )
  }
}

/** The engine does not say why: most often its lock is held, and the file it locks names the holder. */
async function whyNotOpened(path: string, error: unknown): Promise<StoreError> {
  const problem = messageOf(error)
  if (problem.includes('only one active data directory')) {
    return new StoreError(
      `This process already has another embedded store open, so ${path} cannot be opened too`,
      'Close the other one first: the embedded ClickHouse has one data directory per process.',
      error,
    )
  }
  const status = await readFile(join(path, 'status'), 'utf8').catch(() => '')
  const holder = /^PID: (\d+)/m.exec(status)?.[1]
  return new StoreError(
    `The embedded ClickHouse cannot open ${path}${holder ? `; process ${holder} used it last` : ''} (${problem})`,
    'Another process probably has it open (the engine prints code 76 then): stop that one, or name another data directory.',
    error,
  )
}
