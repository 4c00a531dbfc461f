import type { KafkaMessage } from 'kafkajs'
import { type Instant, instant } from '../../event/instant.ts'
import type { SourceRecord } from '../../event/record.ts'
import { headersOf } from './headers.ts'

/** As kafkajs's own decoder has read it. */
export function recordOf(
  { offset, key, value, timestamp, headers }: KafkaMessage,
  notAfter: (stamped: number) => Instant,
  withHeaders: boolean,
): SourceRecord {
  const stamped = Number(timestamp)
  const listed = withHeaders && headers !== undefined ? headersOf(headers) : []
  return {
    offset: Number(offset),
    key,
    value,
    ...(listed.length > 0 && { headers: listed }),
    timestamp: stamped < 0 ? undefined : instant(stamped),
    notAfter: notAfter(stamped),
  }
}
