import { type Instant, instant } from '../../event/instant.ts'
import type { TopicPartition } from '../../event/record.ts'
import type { KeptRecord } from '../../shard/output.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'

/** Records of one topic partition as a process kept them: offsets from `from`, and below `before`. */
export type KeptSpan = TopicPartition & { readonly process: string; readonly from: number; readonly before: number }

/** A page is about so large, however long its records are. */
const PAGE_BYTES = 8 * 1_048_576
const FIRST_PAGE_ROWS = 200
const MOST_ROWS = 20_000

const ofSpan = `process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt32}
  AND record_offset >= {from:Int64} AND record_offset < {before:Int64}`

export async function countKeptRecords(connection: ReadingConnection, span: KeptSpan): Promise<number> {
  const [row] = await connection.rows<{ count: string }>(
    `SELECT toString(uniqExact(record_offset)) AS count FROM events WHERE ${ofSpan}`,
    span,
  )
  return Number(row?.count ?? 0)
}

/** A log of which records are kept, and the span that they lie in. */
export type KeptLog = TopicPartition & { readonly from: number; readonly before: number; readonly count: number }

/** The logs of which a process has kept records, by topic and partition. */
export async function keptLogs(connection: ReadingConnection, process: string): Promise<KeptLog[]> {
  type Row = { readonly topic: string; readonly partition: number; readonly offsets: readonly string[] }
  const rows = await connection.rows<Row>(
    `SELECT topic, partition, arrayMap(x -> toString(x),
        [toInt64(min(record_offset)), toInt64(max(record_offset)), toInt64(uniqExact(record_offset))]) AS offsets
      FROM events WHERE process = {process:String} GROUP BY topic, partition ORDER BY topic, partition`,
    { process },
  )
  return rows.map(({ topic, partition, offsets }) => {
    const [first, last, count] = offsets.map(Number) as [number, number, number]
    return { topic, partition: Number(partition), from: first, before: last + 1, count }
  })
}

type Columns = {
  readonly at_offset: string
  readonly timestamp: string | null
  readonly key64: string | null
  readonly value64: string | null
}

/** All records of a span in the order of their offsets, a page at a time. */
export async function* keptRecords(connection: ReadingConnection, span: KeptSpan): AsyncGenerator<KeptRecord[]> {
  let from = span.from
  let limit = FIRST_PAGE_ROWS
  for (;;) {
    const rows = await connection.rows<Columns>(
      `SELECT toString(record_offset) AS at_offset, toString(timestamp_ms) AS timestamp,
        base64Encode(key) AS key64, base64Encode(value) AS value64
      FROM events WHERE ${ofSpan} ORDER BY record_offset LIMIT 1 BY record_offset LIMIT {limit:UInt32}`,
      { ...span, from, limit },
    )
    if (rows.length > 0) yield rows.map(row => recordOf(span, row))
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    from = Number(last.at_offset) + 1
    const bytes = rows.reduce((sum, { key64, value64 }) => sum + (key64?.length ?? 0) + (value64?.length ?? 0), 0)
    limit = Math.min(MOST_ROWS, Math.max(1, Math.floor((PAGE_BYTES * rows.length) / Math.max(1, bytes))))
  }
}

const recordOf = (
  { process, topic, partition }: KeptSpan,
  { at_offset, timestamp, key64, value64 }: Columns,
): KeptRecord => ({
  process,
  topic,
  partition,
  offset: Number(at_offset),
  timestamp: timestamp === null ? undefined : (instant(Number(timestamp)) as Instant),
  key: bytesOf(key64),
  value: bytesOf(value64),
})

const bytesOf = (base64: string | null): Uint8Array | null => (base64 === null ? null : Buffer.from(base64, 'base64'))
