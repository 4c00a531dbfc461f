import { type Instant, instant } from '../../event/instant.ts'
import type { DeadLetter, RecordHeaders } from '../../event/record.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'

/** A dead letter as it is kept: since when, and whether it was sent back to its topic since. */
export type KeptDeadLetter = DeadLetter & {
  readonly storedAt: Instant
  readonly redriven?: { readonly at: Instant; readonly offset: number }
}

/** Which dead letters are meant; what is left out does not matter. */
export type DeadLetterFilter = {
  readonly process?: string
  readonly reason?: string
  readonly topic?: string
  readonly partition?: number
  /** With topic and partition: the one at this position. */
  readonly offset?: number
}

type Columns = Pick<DeadLetter, 'process' | 'topic' | 'partition' | 'reason' | 'detail'> & {
  record_offset: number
  timestamp_ms: number | null
  headers: string
  key_text: string | null
  value_text: string | null
  stored_ms: number
  redriven_ms: number
  new_offset: number
}

/** Dead letters with their bytes as they came, by topic and partition, the newest positions first. */
export async function deadLetters(
  connection: ReadingConnection,
  process: string,
  limit: number,
): Promise<DeadLetter[]> {
  const rows = await connection.rows<Columns>(
    `SELECT process, topic, partition, record_offset, reason, detail, timestamp_ms, headers,
      base64Encode(key) AS key_text, base64Encode(value) AS value_text
    FROM dead_letters FINAL
    WHERE process = {process:String}
    ORDER BY topic, partition, record_offset DESC LIMIT {limit:UInt32}`,
    { process, limit },
  )
  return rows.map(deadLetterOf)
}

/** All that are meant, oldest position of each topic partition first, read page by page. */
export async function* keptDeadLetters(
  connection: ReadingConnection,
  filter: DeadLetterFilter,
  pageRows: number,
): AsyncGenerator<KeptDeadLetter> {
  let last: Columns | undefined
  do {
    const after = last ?? { topic: '', partition: 0, record_offset: -1, process: '' }
    const page: Columns[] = await connection.rows<Columns>(
      `SELECT process, topic, partition, record_offset, reason, detail, timestamp_ms, headers,
        base64Encode(key) AS key_text, base64Encode(value) AS value_text,
        toUnixTimestamp(stored_at) * 1000 AS stored_ms, at_ms AS redriven_ms, new_offset
      FROM (
        SELECT * FROM dead_letters FINAL
        WHERE ({process:String} = '' OR process = {process:String})
          AND ({reason:String} = '' OR reason = {reason:String})
          AND ({topic:String} = '' OR topic = {topic:String})
          AND ({partition:Int64} < 0 OR partition = {partition:Int64})
          AND ({offset:Int64} < 0 OR record_offset = {offset:Int64})
          AND (topic, partition, record_offset, process)
            > ({lastTopic:String}, {lastPartition:UInt32}, {lastOffset:Int64}, {lastProcess:String})
        ORDER BY topic, partition, record_offset, process LIMIT {rows:UInt32}
      ) AS letters
      LEFT JOIN (SELECT * FROM redriven_records FINAL) AS sent USING (topic, partition, record_offset)
      ORDER BY topic, partition, record_offset, process`,
      {
        process: filter.process ?? '',
        reason: filter.reason ?? '',
        topic: filter.topic ?? '',
        partition: filter.partition ?? -1,
        offset: filter.offset ?? -1,
        lastTopic: after.topic,
        lastPartition: after.partition,
        lastOffset: after.record_offset,
        lastProcess: after.process,
        rows: pageRows,
      },
    )
    for (const row of page) yield keptLetterOf(row)
    last = page.length === pageRows ? page.at(-1) : undefined
  } while (last !== undefined)
}

function keptLetterOf(row: Columns): KeptDeadLetter {
  const redriven = { at: instant(row.redriven_ms), offset: row.new_offset }
  return { ...deadLetterOf(row), storedAt: instant(row.stored_ms), ...(row.redriven_ms > 0 && { redriven }) }
}

function deadLetterOf(row: Columns): DeadLetter {
  const headers = (JSON.parse(row.headers) as [string, string | null][]).map(([name, value]): RecordHeaders[number] => [
    name,
    bytesOf(value),
  ])
  return {
    process: row.process,
    topic: row.topic,
    partition: row.partition,
    offset: row.record_offset,
    reason: row.reason,
    detail: row.detail,
    key: bytesOf(row.key_text),
    value: bytesOf(row.value_text),
    ...(headers.length > 0 && { headers }),
    ...(row.timestamp_ms !== null && { timestamp: instant(row.timestamp_ms) }),
  }
}

const bytesOf = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, 'base64'))
