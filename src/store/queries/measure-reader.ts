import { instant } from '../../event/instant.ts'
import type { BucketCounts, MeasurePaneRow } from '../../shard/output.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'
import { parseVersion } from '../row-version.ts'

const defaultPageRows = 20_000

type MeasureColumns = {
  measure: string
  total: number
  segment: string
  start_ms: number
  source: string
  partition: number
  end_ms: number
  decimals: number
  count: number
  sum_text: string
  min_text: string | null
  max_text: string | null
  zero_count: number
  buckets: Readonly<Record<string, number>>
  negative_buckets: Readonly<Record<string, number>>
  distinct_values: number | null
  version_text: string
}

/**
 * All panes of a process's measures, in the order of (measure, total, segment, start, source, partition), read page by
 * page: one for each partition that wrote it, since distinct values of several do not add up. A pane that fell to
 * nothing is left out.
 */
export async function* allMeasurePanes(
  connection: ReadingConnection,
  process: string,
  pageRows: number = defaultPageRows,
): AsyncGenerator<MeasurePaneRow> {
  let after = ''
  let last: MeasureColumns | undefined
  do {
    const page: MeasureColumns[] = await connection.rows<MeasureColumns>(
      `SELECT measure, total, segment, start_ms, source, partition, end_ms, decimals, count, toString(sum) AS sum_text,
        toString(min) AS min_text, toString(max) AS max_text, zero_count, buckets, negative_buckets, distinct_values,
        toString(version) AS version_text
      FROM measure_panes FINAL
      WHERE process = {process:String} AND count > 0 ${after}
      ORDER BY measure, total, segment, start_ms, source, partition LIMIT {rows:UInt32}`,
      last === undefined
        ? { process, rows: pageRows }
        : {
            process,
            rows: pageRows,
            measure: last.measure,
            total: last.total,
            segment: last.segment,
            start: last.start_ms,
            source: last.source,
            partition: last.partition,
          },
    )
    for (const row of page) yield paneOf(row, process)
    last = page.length === pageRows ? page.at(-1) : undefined
    after = `AND measure >= {measure:String}
      AND (measure, total, segment, start_ms, source, partition)
        > ({measure:String}, {total:UInt8}, {segment:String}, {start:Int64}, {source:String}, {partition:UInt32})`
  } while (last !== undefined)
}

const paneOf = (row: MeasureColumns, process: string): MeasurePaneRow => ({
  process,
  measure: row.measure,
  decimals: row.decimals,
  segment: JSON.parse(row.segment),
  total: row.total === 1,
  start: instant(row.start_ms),
  end: instant(row.end_ms),
  count: row.count,
  sum: BigInt(row.sum_text),
  min: row.min_text === null ? undefined : Number(row.min_text),
  max: row.max_text === null ? undefined : Number(row.max_text),
  buckets: bucketsOf(row),
  distinct: row.distinct_values ?? undefined,
  source: row.source,
  partition: row.partition,
  ...parseVersion(row.version_text),
})

const bucketsOf = (row: MeasureColumns): BucketCounts => {
  const above = Object.entries(row.buckets).map(([index, count]) => [1 + Number(index), count] as const)
  const below = Object.entries(row.negative_buckets).map(([index, count]) => [-1 - Number(index), count] as const)
  const zeros = row.zero_count > 0 ? [[0, row.zero_count] as const] : []
  return [...below, ...zeros, ...above].sort(([left], [right]) => left - right)
}
