import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { DeadLetter } from '../event/record.ts'
import type { KeptRecord, MeasurePaneRow, ShardOutput, VisitRow } from '../shard/output.ts'
import type { ReadingConnection, StoreConnection } from './clickhouse/connection.ts'
import { openEmbedded } from './clickhouse/embedded.ts'
import { openServer, type ServerAddress } from './clickhouse/server.ts'
import { actionsOfAlert } from './queries/actions.ts'
import { type DeadLetterFilter, deadLetters, type KeptDeadLetter, keptDeadLetters } from './queries/dead-letters.ts'
import { changedDefinitions, foldInForce } from './queries/definitions.ts'
import { countKeptRecords, type KeptLog, type KeptSpan, keptLogs, keptRecords } from './queries/kept-records.ts'
import { allMeasurePanes } from './queries/measure-reader.ts'
import { newestPosition } from './queries/newest-position.ts'
import { queriesOn, type StoreQueries } from './queries/queries.ts'
import { allPanes, allVisits, counts, transitions, transitionsOfAlert, visitsOfCase } from './queries/reader.ts'
import { migrate } from './schema/migrate.ts'
import { type Retention, retain } from './schema/retention.ts'
import { migrations } from './schema/schema.ts'
import { Spill, type SpillOptions } from './spill/spill.ts'
import type { StoreCounts, StoredPane } from './stored.ts'
import { RollUps } from './writing/roll-ups.ts'
import { spilledTables } from './writing/row-spiller.ts'
import { SnapshotRows } from './writing/snapshot-rows.ts'
import { SourceSpans, type TimeSpan } from './writing/source-spans.ts'
import type { DefinitionRow } from './writing/tables/definitions.ts'
import {
  defaultLimits,
  type NewRows,
  type RowsInMemory,
  type StoreHealth,
  Writer,
  type WriterLimits,
} from './writing/writer.ts'

/*
 * The store keeps in ClickHouse what the fold and the rules put out: visits, panes, alert transitions, dead letters.
 *
 * In: rows that are absolute, each with the key of what it describes and a version. They wait in memory, one for each
 * key, and are sent in batches until ClickHouse has taken them; the tables keep the highest version of a key. So rows
 * may come twice, in another order, or after a crash once more, and the store is the same.
 *
 * Out: history. Nothing that decides, alerts or serves the live page reads it: the engine answers from memory, and goes
 * on when ClickHouse is away. Then rows wait, `health()` says so, and past a bound the caller has to stop its sources; where
 * there is a folder for them (`SpillOptions`) those that are as many as events wait on disk.
 *
 * ClickHouse runs inside this process (chdb) or as a server; both get the same statements.
 *
 *     clickhouse/  the ways in: embedded, server; what can go wrong with them
 *     schema/      tables, migrations, how long rows are kept
 *     spill/       files of rows that wait
 *     writing/     batches, roll-ups, spans of sources; each table's rows as lines
 *     queries/     what is asked of history
 */
export type StoreOptions =
  | {
      readonly kind: 'embedded'
      /** Directory of the data, made if missing; one process at a time, one per process. */
      readonly path: string
    }
  | ({ readonly kind: 'server' } & ServerAddress)

/** For how long rows are kept, where that is not for ever. */
export type Keeping = { readonly days: Retention }

export interface Store extends StoreQueries {
  /**
   * Says from which source a process's rows come, before the first of them.
   *
   * @param source as `RowVersion.source`.
   * @param replaces whether they take the place of what other sources wrote of the same time.
   * @param span of the rows, where it is known already.
   * @throws StoreError where the span is another source's and must not be replaced.
   */
  claim(process: string, source: string, replaces: boolean, span?: TimeSpan): Promise<void>
  /**
   * Takes rows to write; returns at once. What waits is lost with the process unless a snapshot holds it.
   *
   * @throws StoreError where they lie in a span of time that another source has written; then none is taken.
   */
  write(rows: NewRows): void
  /** As `write`. @returns when ClickHouse has acknowledged them; never, where the store is closed before. */
  writeThrough(rows: RowsInMemory): Promise<void>
  /**
   * Keeps what changed since the definitions that were in force before.
   *
   * @param rows all of one process.
   * @returns what changed.
   */
  recordDefinitions(process: string, rows: readonly DefinitionRow[], since: Instant): Promise<readonly DefinitionRow[]>
  /** The partition was another writer's, and is this one's from now on; before the first of its rows. */
  takeOver(process: string, source: string, partition: number): Promise<void>
  /** The partition goes to another writer, after the last of its rows was handed over. */
  giveUp(process: string, source: string, partition: number): void
  /** Which definitions the newest rows of a process were folded by; undefined: it has none. */
  foldInForce(process: string): Promise<{ readonly fingerprint: string; readonly epoch: number } | undefined>
  /** The highest position of any row, whoever wrote it; 0: there is none. */
  newestPosition(): Promise<number>
  /** Deletes what earlier epochs of a partition wrote of the time that this one has written. */
  supersede(process: string, source: string, partition: number, epoch: number): Promise<void>
  /** Rows of visits, panes and dead letters that ClickHouse has not acknowledged and the disk does not have: for snapshots. */
  unacknowledged(): ShardOutput
  /** Whether rows wait on the disk of this machine, so that only this one can write them. */
  hasSpilled(): boolean
  /** Bytes of memory that waiting rows take, about. */
  pressure(): number
  /** Whether the caller must stop feeding until `drained()`; rows are taken all the same, never dropped. */
  isFull(): boolean
  /** Resolves when the waiting rows are down to the low mark, at once where they are, and when the store closes. */
  drained(): Promise<void>
  health(): StoreHealth
  /** Resolves when everything that waits now is acknowledged: never, while ClickHouse is away. */
  flush(): Promise<void>
  /**
   * Writes what waits, for at most `withinMs` (3 s), and closes.
   *
   * @returns how many rows were not acknowledged.
   */
  close(withinMs?: number): Promise<{ readonly unwrittenRows: number }>

  /** One case's visits in the order of (start, stage, ordinal); at most `limit` (1,000), the oldest. */
  visitsOfCase(process: string, caseId: string, limit?: number): Promise<readonly VisitRow[]>
  /**
   * All visits, in the order of (stage, start, case, ordinal), read so many rows at a time (20,000). A segment's names
   * come sorted.
   */
  allVisits(process: string, pageRows?: number): AsyncIterable<VisitRow>
  /** All panes merged over partitions, in the order of (stage, total, segment, start). */
  allPanes(process: string, pageRows?: number): AsyncIterable<StoredPane>
  /** All panes of measures, in the order of (measure, total, segment, start), one for each partition that wrote it. */
  allMeasurePanes(process: string, pageRows?: number): AsyncIterable<MeasurePaneRow>
  /** The newest `limit` transitions at or after `since`, oldest first. */
  transitions(process: string, since: Instant, limit: number): Promise<readonly AlertTransition[]>
  /** Those of one alert, oldest first; at most `limit`, the newest. */
  transitionsOfAlert(alert: string, limit: number): Promise<readonly AlertTransition[]>
  /** What people did to one alert, oldest first; at most `limit`, the newest. */
  actionsOfAlert(process: string, alert: string, limit: number): Promise<readonly AlertAction[]>
  /** By topic and partition, newest position first. */
  deadLetters(process: string, limit: number): Promise<readonly DeadLetter[]>
  /** All that are meant, the oldest position of each topic partition first, read so many rows at a time (500). */
  keptDeadLetters(filter: DeadLetterFilter, pageRows?: number): AsyncIterable<KeptDeadLetter>
  counts(process: string): Promise<StoreCounts>
  /** How many different records of a span of offsets were kept. */
  countKeptRecords(span: KeptSpan): Promise<number>
  /** The logs of which a process has kept records, by topic and partition. */
  keptLogs(process: string): Promise<KeptLog[]>
  /** Those records in the order of their offsets, in pages of bounded size. */
  keptRecords(span: KeptSpan): AsyncIterable<KeptRecord[]>
  /** The way in that writes, for others who keep rows of their own (`openStoreOn`); it stays this store's to close. */
  readonly connection: Omit<StoreConnection, 'close'>
  /** The table of snapshots, for machines that share no disk; neither waits for rows that wait. */
  readonly snapshots: SnapshotRows
  /** Copies an embedded store, all that it has acknowledged, into a directory that is made; absent for a server. */
  readonly copyTo?: (directory: string) => Promise<void>
}

/**
 * Opens the store and brings its tables to the newest schema.
 *
 * @param keeping what has rows, and for how long; default: everything, for ever.
 * @param limits how long and how many rows wait; the defaults fit, tests use others.
 * @param spill where rows wait that memory has too many of, and were left by a former life; without it, all wait in memory.
 * @throws StoreError, with what to do, where it cannot be opened or was written by a newer release.
 */
export async function openStore(
  options: StoreOptions,
  keeping: Partial<Keeping> = {},
  limits: Partial<WriterLimits> = {},
  spill?: SpillOptions,
): Promise<Store> {
  const { days = {} } = keeping
  const { writing, reading, copyTo } =
    options.kind === 'embedded' ? await openEmbedded(options.path) : await openServer(options)
  const closeConnections = async () => {
    await reading.close()
    await writing.close()
  }
  try {
    await migrate(writing, migrations)
    await retain(writing, days)
  } catch (error) {
    await closeConnections()
    throw error
  }
  return storeOn({ writing, reading, limits, spill, closeConnections, ...(copyTo && { copyTo }) })
}

/**
 * A store over the connection of another one, whose tables are there: its rows wait and are acknowledged by themselves.
 *
 * @param connection see `Store.connection`.
 */
export function openStoreOn(
  connection: Omit<StoreConnection, 'close'>,
  limits: Partial<WriterLimits> = {},
  spill?: SpillOptions,
): Promise<Store> {
  const shared: StoreConnection = { ...connection, close: async () => {} }
  return storeOn({ writing: shared, reading: shared, limits, spill, closeConnections: async () => {} })
}

type StoreParts = {
  readonly writing: StoreConnection
  readonly reading: ReadingConnection
  readonly limits: Partial<WriterLimits>
  readonly spill: SpillOptions | undefined
  readonly closeConnections: () => Promise<void>
  readonly copyTo?: (directory: string) => Promise<void>
}

async function storeOn(parts: StoreParts): Promise<Store> {
  const { writing, reading, limits, closeConnections, copyTo } = parts
  const rollUps = await RollUps.open(writing)
  const spans = new SourceSpans(writing, rollUps)
  const spill = parts.spill && (await Spill.open(parts.spill, spilledTables))
  const writer = new Writer(writing, { ...defaultLimits, ...limits }, { rollUps, spans, ...(spill && { spill }) })
  return {
    claim: (process, source, replaces, span) => spans.claim(process, source, replaces, span),
    takeOver: (process, source, partition) => rollUps.takeOver(process, source, partition),
    giveUp: (process, source, partition) => rollUps.giveUp(process, source, partition),
    recordDefinitions: async (process, rows, since) => {
      const definitions = await changedDefinitions(reading, process, rows, since)
      writer.write({ definitions })
      return definitions
    },
    foldInForce: process => foldInForce(reading, process),
    newestPosition: () => newestPosition(reading),
    write: rows => writer.write(rows),
    writeThrough: rows => writer.writeThrough(rows),
    supersede: (process, source, partition, epoch) => writer.supersede(process, source, partition, epoch),
    unacknowledged: () => writer.unacknowledged(),
    hasSpilled: () => writer.hasSpilled(),
    pressure: () => writer.pressure(),
    isFull: () => writer.isFull(),
    drained: () => writer.drained(),
    health: () => writer.health(),
    flush: () => writer.flush(),
    close: async (withinMs = 3_000) => {
      const unwrittenRows = await writer.close(withinMs)
      await closeConnections()
      return { unwrittenRows }
    },
    visitsOfCase: (process, caseId, limit = 1_000) => visitsOfCase(reading, process, caseId, limit),
    allVisits: (process, pageRows) => allVisits(reading, process, pageRows),
    allPanes: (process, pageRows) => allPanes(reading, process, pageRows),
    allMeasurePanes: (process, pageRows) => allMeasurePanes(reading, process, pageRows),
    transitions: (process, since, limit) => transitions(reading, process, since, limit),
    transitionsOfAlert: (alert, limit) => transitionsOfAlert(reading, alert, limit),
    actionsOfAlert: (process, alert, limit) => actionsOfAlert(reading, process, alert, limit),
    deadLetters: (process, limit) => deadLetters(reading, process, limit),
    keptDeadLetters: (filter, pageRows = 500) => keptDeadLetters(reading, filter, pageRows),
    counts: process => counts(reading, process),
    countKeptRecords: span => countKeptRecords(reading, span),
    keptLogs: process => keptLogs(reading, process),
    keptRecords: span => keptRecords(reading, span),
    connection: writing,
    snapshots: new SnapshotRows(writing, reading),
    ...(copyTo === undefined ? {} : { copyTo }),
    ...queriesOn(reading),
  }
}
