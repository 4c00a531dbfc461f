import { type Instant, instant } from '../../event/instant.ts'
import type { DeadLetter } from '../../event/record.ts'
import type { ReadingConnection } from '../clickhouse/connection.ts'

/** The newest dead letter of a reason, the beginning of its bytes. */
export type DeadLetterSample = Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'reason' | 'detail'> & {
  readonly storedAt: Instant
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  /** How many bytes the value has in all. */
  readonly valueBytes: number
}

export type DeadLetterSamples = {
  /** One for each reason, by its word. */
  readonly samples: readonly DeadLetterSample[]
  /** What records were lacking that were stored since the instant asked for, the most frequent first. */
  readonly lacking: readonly { readonly detail: string; readonly count: number }[]
}

export type DeadLetterSamplesQuery = {
  readonly process: string
  readonly since: Instant
}

const MOST_BYTES = 2_000
const MOST_LACKING = 20
/** So many letters are counted at most. */
const MOST_COUNTED = 200_000

type SampleColumns = Pick<DeadLetter, 'topic' | 'partition' | 'reason' | 'detail'> & {
  readonly record_offset: number
  readonly stored_ms: number
  readonly key_text: string | null
  readonly value_text: string | null
  readonly value_bytes: number | null
}

/** One dead letter of each reason, the one that was stored last, and what fields were missing. */
export async function deadLetterSamples(
  connection: ReadingConnection,
  query: DeadLetterSamplesQuery,
): Promise<DeadLetterSamples> {
  const [samples, lacking] = await Promise.all([samplesOf(connection, query), lackingOf(connection, query)])
  return { samples, lacking }
}

/** Bytes are read of the letters that are shown only; a letter that is there twice is the same letter. */
async function samplesOf(
  connection: ReadingConnection,
  { process }: DeadLetterSamplesQuery,
): Promise<DeadLetterSample[]> {
  const rows = await connection.rows<SampleColumns>(
    `SELECT topic, partition, record_offset, reason, detail, toUnixTimestamp(stored_at) * 1000 AS stored_ms,
      base64Encode(substring(key, 1, ${MOST_BYTES})) AS key_text,
      base64Encode(substring(value, 1, ${MOST_BYTES})) AS value_text, length(value) AS value_bytes
    FROM dead_letters
    WHERE process = {process:String} AND (topic, partition, record_offset) IN (
      SELECT argMax((topic, partition, record_offset), (stored_at, record_offset)) FROM dead_letters
      WHERE process = {process:String} GROUP BY reason
    )
    ORDER BY reason LIMIT 1 BY reason`,
    { process },
  )
  return rows.map(row => ({
    topic: row.topic,
    partition: row.partition,
    offset: row.record_offset,
    reason: row.reason,
    detail: row.detail,
    storedAt: instant(row.stored_ms),
    key: bytesOf(row.key_text),
    value: bytesOf(row.value_text),
    valueBytes: row.value_bytes ?? 0,
  }))
}

const lackingOf = (connection: ReadingConnection, { process, since }: DeadLetterSamplesQuery) =>
  connection.rows<{ readonly detail: string; readonly count: number }>(
    `SELECT detail, uniqExact(topic, partition, record_offset) AS count FROM (
      SELECT detail, topic, partition, record_offset FROM dead_letters
      WHERE process = {process:String} AND reason = 'missing-field' AND stored_at >= toDateTime({since:UInt32})
      LIMIT ${MOST_COUNTED}
    )
    GROUP BY detail ORDER BY count DESC, detail LIMIT ${MOST_LACKING}`,
    { process, since: Math.max(0, Math.floor(since / 1_000)) },
  )

const bytesOf = (base64: string | null): Buffer | undefined =>
  base64 === null ? undefined : Buffer.from(base64, 'base64')
