import type { StoreConnection } from '../clickhouse/connection.ts'

/*
 * How long rows are kept: what ClickHouse calls TTL. It goes by a column of the key, or by when a row was stored: by the
 * end of a visit a newer row would leave before an older one of the same key, which would then count again.
 *
 * Rows that are too old leave when their part is merged; ClickHouse looks for such parts every few hours.
 */
const ages = {
  visits: 'fromUnixTimestamp64Milli(start_ms)',
  panes: 'fromUnixTimestamp64Milli(start_ms)',
  measure_panes: 'fromUnixTimestamp64Milli(start_ms)',
  pane_roll_ups: 'fromUnixTimestamp64Milli(start_ms)',
  measure_roll_ups: 'fromUnixTimestamp64Milli(start_ms)',
  alert_transitions: 'fromUnixTimestamp64Milli(at_ms)',
  evaluations: 'fromUnixTimestamp64Milli(at_ms)',
  dead_letters: 'stored_at',
  events: 'stored_at',
} as const

export type RetainedTable = keyof typeof ages

/** Days by table; tables without an entry keep their rows for ever. */
export type Retention = { readonly [Table in RetainedTable]?: number }

export const retainedTables = Object.keys(ages) as readonly RetainedTable[]

/** Makes the tables keep their rows as long as is said, and no longer; changes only what is not so yet. */
export async function retain(connection: StoreConnection, days: Retention): Promise<void> {
  const tables = await connection.rows<{ name: string; definition: string }>(
    'SELECT name, create_table_query AS definition FROM system.tables WHERE database = currentDatabase()',
  )
  const definitions = new Map(tables.map(({ name, definition }) => [name, definition]))
  for (const table of retainedTables) {
    const kept = days[table]
    const definition = definitions.get(table) ?? ''
    const present = / TTL .*toIntervalDay\((\d+)\)/.exec(definition)?.[1]
    if (present === (kept === undefined ? undefined : String(kept))) continue
    // Rows that are there are looked at when they are merged, not all at once.
    await connection.command(
      kept === undefined
        ? `ALTER TABLE ${table} REMOVE TTL`
        : `ALTER TABLE ${table} MODIFY TTL toDateTime(${ages[table]}) + toIntervalDay(${kept})
          SETTINGS materialize_ttl_after_modify = 0`,
    )
  }
}
