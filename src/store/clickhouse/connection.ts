/** Values of `{name:Type}` in a statement; they never become part of its text. */
export type QueryParameters = Readonly<Record<string, string | number | readonly string[] | readonly number[]>>

/**
 * One way into ClickHouse, embedded or server. A store holds two: one that writes, one that may only read, so that a
 * long query never holds up an insert (a session of the embedded engine runs its statements one at a time).
 */
export interface StoreConnection {
  command(sql: string, parameters?: QueryParameters): Promise<void>
  /** The rows of a query, as objects by column. The caller's type is trusted: the statement and the tables are ours. */
  rows<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>
  /** @param lines of `JSONCompactEachRow`, in the order of `columns`; must not change until the promise settles. */
  insert(table: string, columns: readonly string[], lines: Buffer): Promise<void>
  close(): Promise<void>
}

export type ReadingConnection = Pick<StoreConnection, 'rows' | 'close'>

export type StoreConnections = {
  readonly writing: StoreConnection
  readonly reading: ReadingConnection
  /** Copies all that is acknowledged into a directory that it makes; absent where the data lie elsewhere. */
  readonly copyTo?: (directory: string) => Promise<void>
}

/**
 * Settings of every insert.
 *
 * - Rows are acknowledged when they are in the table, not when they are in a queue of the server's.
 * - A batch may touch any number of months: a backfill, or one event with a wrong year, must not be refused for ever.
 */
export const insertSettings = {
  async_insert: 0,
  max_partitions_per_insert_block: 0,
} as const

/**
 * Settings of every read, `readonly` last because nothing can be set after it. The table partition of a row follows
 * from its key, so FINAL need not compare rows across table partitions.
 */
export const readSettings = {
  max_execution_time: 10,
  max_memory_usage: 1_500_000_000,
  max_result_rows: 1_000_000,
  result_overflow_mode: 'throw',
  output_format_json_quote_64bit_integers: 0,
  do_not_merge_across_partitions_select_final: 1,
  readonly: 1,
} as const
