import type { StoreConnection } from '../clickhouse/connection.ts'

/* The statements that sum panes to minutes, hours and days, for several partitions at once. */
const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** Steps of roll-ups, longest first. */
export const rollUpSteps = [dayMs, hourMs, minuteMs] as const

/** Before all that can be: nothing has been summed yet. */
export const never = Number.MIN_SAFE_INTEGER

export const floor = (ms: number, step: number): number => (ms === never ? never : Math.floor(ms / step) * step)

/** Panes of a partition that start in [from, to), both whole hours. */
export type SummedSpan = {
  readonly source: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

type PaneTable = 'panes' | 'measure_panes'

/** So many rows of panes are summed by one statement at most, or those of a day where it has more. */
const ROWS_AT_ONCE = 300_000

export type DayOfPanes = { readonly table: PaneTable; readonly day: number; readonly rows: number }

/** How many rows of panes there are of each day of [from, to), oldest first. */
export async function panesByDay(
  connection: StoreConnection,
  process: string,
  from: number,
  to: number,
): Promise<DayOfPanes[]> {
  const rows = await connection.rows<{ table: PaneTable; day: string; n: string }>(
    `${allRolledUp
      .map(
        rolledUp => `SELECT '${rolledUp.from}' AS table, toString(start_ms - positiveModulo(start_ms, ${dayMs})) AS day,
          toString(count()) AS n
        FROM ${rolledUp.from}
        WHERE process = {process:String} AND start_ms >= {from:Int64} AND start_ms < {to:Int64} GROUP BY day`,
      )
      .join(' UNION ALL ')}`,
    { process, from, to },
  )
  return rows
    .map(({ table, day, n }) => ({ table, day: Number(day), rows: Number(n) }))
    .sort((left, right) => left.day - right.day)
}

export type Piece = { readonly from: number; readonly to: number; readonly tables: ReadonlySet<PaneTable> }

/** Cuts [from, to) between days so that each piece has a bounded number of rows. Pieces touch; the last may have none. */
export function piecesOf(days: readonly DayOfPanes[], from: number, to: number): Piece[] {
  const pieces: Piece[] = []
  let begin = Math.max(from, days[0]?.day ?? to)
  let tables = new Set<PaneTable>()
  let rows = 0
  for (const { table, day, rows: more } of days) {
    if (rows > 0 && rows + more > ROWS_AT_ONCE && day > begin) {
      pieces.push({ from: begin, to: day, tables })
      begin = day
      tables = new Set()
      rows = 0
    }
    tables.add(table)
    rows += more
  }
  return [...pieces, { from: begin, to, tables }]
}

/** Sums what has settled: the minutes and hours of the spans, and the days that lie before the ends of the spans. */
export async function sumPanes(
  connection: StoreConnection,
  process: string,
  spans: readonly SummedSpan[],
  tables: ReadonlySet<PaneTable>,
): Promise<void> {
  if (spans.length === 0) return
  const hours = parametersOf(process, spans)
  const inDays = spans
    .map(span => ({ ...span, from: floor(span.from, dayMs), to: floor(span.to, dayMs) }))
    .filter(span => span.to > span.from)
  for (const rolledUp of allRolledUp) {
    const { table, from } = rolledUp
    if (tables.has(from)) {
      await connection.command(sumOf(rolledUp, `${from} AS t FINAL`, [minuteMs, hourMs]), hours)
    }
    // Also where these spans have no panes: the day before them may.
    if (inDays.length === 0) continue
    const ofHours = `(SELECT * FROM ${table} FINAL WHERE step_ms = ${hourMs} AND ${inSpans}) AS t`
    await connection.command(sumOf(rolledUp, ofHours, [dayMs]), parametersOf(process, inDays))
  }
}

const inSpans = `process = {process:String} AND start_ms >= {from:Int64} AND start_ms < {to:Int64} AND arrayExists(
    (s, p, f, u) -> s = source AND p = partition AND start_ms >= f AND start_ms < u,
    {sources:Array(String)}, {partitions:Array(UInt32)}, {froms:Array(Int64)}, {tos:Array(Int64)})`

const parametersOf = (process: string, spans: readonly SummedSpan[]) => ({
  process,
  from: Math.min(...spans.map(({ from }) => from)),
  to: Math.max(...spans.map(({ to }) => to)),
  sources: spans.map(({ source }) => source),
  partitions: spans.map(({ partition }) => partition),
  froms: spans.map(({ from }) => from),
  tos: spans.map(({ to }) => to),
})

/** What is summed into which table: columns of the key besides start, source and partition, and the sums by column. */
type RolledUp = {
  readonly table: string
  readonly from: PaneTable
  readonly keys: readonly string[]
  readonly sums: Readonly<Record<string, string>>
}

const allRolledUp: readonly RolledUp[] = [
  {
    table: 'pane_roll_ups',
    from: 'panes',
    keys: ['process', 'stage', 'total', 'segment'],
    sums: {
      ...summed('entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached', 'sum_ms', 'zero_count'),
      min_ms: 'min(t.min_ms)',
      max_ms: 'max(t.max_ms)',
      buckets: 'sumMap(t.buckets)',
      // Null where no pane has business time; one that has none among others counts by the wall clock, as in a series.
      business_sum_ms: `if(countIf(isNotNull(t.business_sum_ms)) = 0, NULL, sum(ifNull(t.business_sum_ms, t.sum_ms)))`,
      business_min_ms: 'min(if(isNull(t.business_sum_ms), t.min_ms, t.business_min_ms))',
      business_max_ms: 'max(if(isNull(t.business_sum_ms), t.max_ms, t.business_max_ms))',
      business_zero_count: 'sum(if(isNull(t.business_sum_ms), t.zero_count, t.business_zero_count))',
      business_buckets: 'sumMap(if(isNull(t.business_sum_ms), t.buckets, t.business_buckets))',
    },
  },
  {
    table: 'measure_roll_ups',
    from: 'measure_panes',
    keys: ['process', 'measure', 'total', 'segment'],
    sums: {
      decimals: 'max(t.decimals)',
      ...summed('count', 'sum', 'zero_count'),
      min: 'min(t.min)',
      max: 'max(t.max)',
      buckets: 'sumMap(t.buckets)',
      negative_buckets: 'sumMap(t.negative_buckets)',
    },
  },
]

function summed(...columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map(column => [column, `sum(t.${column})`]))
}

function sumOf({ table, keys, sums }: RolledUp, from: string, steps: readonly number[]): string {
  const columns = [...keys, 'step_ms', 'start_ms', 'source', 'partition', ...Object.keys(sums), 'version']
  const groups = keys.map(key => `t.${key}`).join(', ')
  return `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${groups}, step, t.start_ms - positiveModulo(t.start_ms, step) AS at_ms, t.source, t.partition,
      ${Object.values(sums).join(', ')}, max(t.version)
    FROM ${from} ARRAY JOIN [${steps.join(', ')}] AS step
    WHERE ${inSpans}
    GROUP BY ${groups}, step, at_ms, t.source, t.partition
    SETTINGS max_partitions_per_insert_block = 0`
}
