import type { AlertTransition } from '../../alerts/transition.ts'
import type { Instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { parseVersion } from '../row-version.ts'
import type { StoreCounts, StoredPane } from '../stored.ts'
import { type PaneColumns, paneColumns, paneOf } from './pane-sums.ts'
import { placeInLife, type TransitionColumns, transitionColumns, transitionOf } from './stored-transition.ts'
import { type StoredVisitColumns, storedVisit, storedVisitColumns } from './stored-visit.ts'

/*
 * Every statement is a constant with bound values, and says FINAL: rows that were replaced are there until merged.
 * Whatever grows with the length of the history is read in pages of the key, each within the limits of a read.
 */
const defaultPageRows = 20_000

type VisitColumns = StoredVisitColumns & {
  readonly source: string
  readonly partition: number
  readonly version_text: string
}

const visitColumns = `${storedVisitColumns}, source, partition, toString(version) AS version_text`

function visitOf(row: VisitColumns, process: string): VisitRow {
  const { breached, weight: _, ...visit } = storedVisit(row, process)
  return {
    ...visit,
    ...(breached ? { breached } : {}),
    source: row.source,
    partition: row.partition,
    ...parseVersion(row.version_text),
    deleted: false,
  }
}

/** One case's visits in the order of (start, stage, ordinal); at most `limit`, the oldest. */
export async function visitsOfCase(
  connection: ReadingConnection,
  process: string,
  caseId: string,
  limit: number,
): Promise<VisitRow[]> {
  const rows = await connection.rows<VisitColumns>(
    `SELECT ${visitColumns} FROM visits FINAL
    WHERE process = {process:String} AND case_id = {case:String} AND deleted = 0
    ORDER BY start_ms, stage, ordinal LIMIT {limit:UInt32}`,
    { process, case: caseId, limit },
  )
  return rows.map(row => visitOf(row, process))
}

/** All visits of a process that are so, in the order of (stage, start, case, ordinal), read page by page. */
export async function* allVisits(
  connection: ReadingConnection,
  process: string,
  pageRows: number = defaultPageRows,
): AsyncGenerator<VisitRow> {
  let after = ''
  let last: VisitColumns | undefined
  do {
    const page: VisitColumns[] = await connection.rows<VisitColumns>(
      `SELECT ${visitColumns} FROM visits FINAL
      WHERE process = {process:String} AND deleted = 0 ${after}
      ORDER BY stage, start_ms, case_id, ordinal LIMIT {rows:UInt32}`,
      last === undefined
        ? { process, rows: pageRows }
        : {
            process,
            rows: pageRows,
            case: last.case_id,
            stage: last.stage,
            start: last.start_ms,
            ordinal: last.ordinal,
          },
    )
    for (const row of page) yield visitOf(row, process)
    last = page.length === pageRows ? page.at(-1) : undefined
    // The first condition is there for the index, which does not see through a comparison of tuples.
    after = `AND stage >= {stage:String}
      AND (stage, start_ms, case_id, ordinal) > ({stage:String}, {start:Int64}, {case:String}, {ordinal:UInt32})`
  } while (last !== undefined)
}

/** All panes of a process in the order of (stage, total, segment, start), read page by page. */
export async function* allPanes(
  connection: ReadingConnection,
  process: string,
  pageRows: number = defaultPageRows,
): AsyncGenerator<StoredPane> {
  type Columns = PaneColumns
  let after = ''
  let last: Columns | undefined
  do {
    const page: Columns[] = await connection.rows<Columns>(
      `SELECT stage, total, segment, start_ms AS at_ms, max(end_ms) AS last_ms, ${paneColumns}
      FROM panes FINAL
      WHERE process = {process:String} ${after}
      GROUP BY stage, total, segment, start_ms
      HAVING all_entered + all_exited + all_abandoned + all_expired > 0
      ORDER BY stage, total, segment, start_ms LIMIT {rows:UInt32}`,
      last === undefined
        ? { process, rows: pageRows }
        : { process, rows: pageRows, stage: last.stage, total: last.total, segment: last.segment, start: last.at_ms },
    )
    for (const row of page) yield paneOf(row, process)
    last = page.length === pageRows ? page.at(-1) : undefined
    after = `AND stage >= {stage:String}
      AND (stage, total, segment, start_ms) > ({stage:String}, {total:UInt8}, {segment:String}, {start:Int64})`
  } while (last !== undefined)
}

/**
 * The newest transitions at or after an instant, at most `limit`, in the order of (at, id) and, within one instant, of
 * an alert's life.
 */
export async function transitions(
  connection: ReadingConnection,
  process: string,
  since: Instant,
  limit: number,
): Promise<AlertTransition[]> {
  const rows = await connection.rows<TransitionColumns>(
    `SELECT ${transitionColumns}
    FROM alert_transitions FINAL
    WHERE process = {process:String} AND at_ms >= {since:Int64}
    ORDER BY ${newestTransitionFirst}
    LIMIT {limit:UInt32}`,
    { process, since, limit },
  )
  return rows.reverse().map(transitionOf)
}

/** The transitions of one alert, oldest first; at most `limit`, the newest. */
export async function transitionsOfAlert(
  connection: ReadingConnection,
  alert: string,
  limit: number,
): Promise<AlertTransition[]> {
  const rows = await connection.rows<TransitionColumns>(
    `SELECT ${transitionColumns}
    FROM alert_transitions FINAL
    WHERE id = {alert:String}
    ORDER BY ${newestTransitionFirst}
    LIMIT {limit:UInt32}`,
    { alert, limit },
  )
  return rows.reverse().map(transitionOf)
}

/** Within one instant in the order of an alert's life. */
const newestTransitionFirst = `at_ms DESC, id DESC, ${placeInLife} DESC`

export async function counts(connection: ReadingConnection, process: string): Promise<StoreCounts> {
  const count = async (what: string, table: string): Promise<number> => {
    const rows = await connection.rows<{ n: number }>(
      `SELECT ${what} AS n FROM ${table} FINAL WHERE process = {process:String}`,
      { process },
    )
    return rows[0]?.n ?? 0
  }
  return {
    visits: await count('countIf(deleted = 0)', 'visits'),
    openVisits: await count("countIf(deleted = 0 AND outcome = 'open')", 'visits'),
    paneRows: await count('count()', 'panes'),
    measurePaneRows: await count('count()', 'measure_panes'),
    transitions: await count('count()', 'alert_transitions'),
    deadLetters: await count('count()', 'dead_letters'),
  }
}
