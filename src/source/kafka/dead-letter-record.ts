/**
 * A dead letter as a record of a topic: key, value and headers as they came, and behind them headers that say why.
 *
 * Their names are those of Kafka Connect's dead letter queue, so that tools which know these show ours as well; what
 * Connect has no name for has one of our own. A record that was a dead letter before has some of these headers already:
 * both stay, and the last of a name is ours.
 *
 * The record's own time is when it was written, not the original's: a topic that keeps records for a week would delete
 * one that is late by two at once, and brokers refuse times that lie in the future.
 */
import { Buffer } from 'node:buffer'
import { type Instant, instant } from '../../event/instant.ts'
import type { DeadLetter, RecordHeaders, RejectReason, SourceRecord, TopicPartition } from '../../event/record.ts'

const connect = '__connect.errors.'
const own = '__stagewatch.errors.'
const sent = '__stagewatch.redriven.'

const names = {
  topic: `${connect}topic`,
  partition: `${connect}partition`,
  offset: `${connect}offset`,
  process: `${connect}connector.name`,
  task: `${connect}task.id`,
  stage: `${connect}stage`,
  executing: `${connect}class.name`,
  reason: `${connect}exception.class.name`,
  detail: `${connect}exception.message`,
  timestamp: `${own}timestamp`,
} as const

/** Connect's name for where it happened, and our folder of that name. */
const places: { readonly [Reason in RejectReason]: readonly [stage: string, executing: string] } = {
  'not-json': ['VALUE_CONVERTER', 'stagewatch.decode'],
  'too-large': ['VALUE_CONVERTER', 'stagewatch.decode'],
  'too-deep': ['VALUE_CONVERTER', 'stagewatch.decode'],
  'missing-field': ['TRANSFORMATION', 'stagewatch.decode'],
  'bad-time': ['TRANSFORMATION', 'stagewatch.decode'],
  future: ['TRANSFORMATION', 'stagewatch.decode'],
  'over-limit': ['TASK_PUT', 'stagewatch.shard'],
  late: ['TASK_PUT', 'stagewatch.shard'],
}

/** The headers of a dead letter's record. */
export function headersOfDeadLetter(letter: DeadLetter): RecordHeaders {
  const [stage, executing] = places[letter.reason]
  const texts: readonly (readonly [string, string])[] = [
    [names.topic, letter.topic],
    [names.partition, String(letter.partition)],
    [names.offset, String(letter.offset)],
    [names.process, letter.process],
    [names.task, String(letter.partition)],
    [names.stage, stage],
    [names.executing, executing],
    [names.reason, letter.reason],
    [names.detail, letter.detail],
    ...(letter.timestamp === undefined ? [] : [[names.timestamp, String(letter.timestamp)] as const]),
  ]
  return [...(letter.headers ?? []), ...texts.map(([name, text]): RecordHeaders[number] => [name, Buffer.from(text)])]
}

/** Says that the dead letter of a position was sent back to its topic, and where it lies now. */
export type RedriveMark = TopicPartition & { readonly offset: number; readonly newOffset: number }

/** Such a mark is a record without key and value. */
export const headersOfMark = ({ topic, partition, offset, newOffset }: RedriveMark): RecordHeaders =>
  Object.entries({ topic, partition, offset, 'new.offset': newOffset }).map(([name, value]) => [
    `${sent}${name}`,
    Buffer.from(String(value)),
  ])

export type DeadLetterRecord =
  | { readonly kind: 'letter'; readonly letter: DeadLetter; readonly writtenAt: Instant }
  | { readonly kind: 'mark'; readonly mark: RedriveMark; readonly at: Instant }
  /** Written by somebody else, e.g. by Connect. */
  | { readonly kind: 'foreign' }

/** What a record of the dead letter topic says. */
export function readDeadLetterRecord(record: SourceRecord): DeadLetterRecord {
  const { headers = [], key, value, timestamp = instant(0) } = record
  const position = positionIn(headers, connect)
  const reason = textOf(headers, names.reason)
  const process = textOf(headers, names.process)
  if (position !== undefined && process !== undefined && isReason(reason)) {
    const original = withoutOurs(headers)
    const time = numberOf(headers, names.timestamp)
    const letter: DeadLetter = {
      ...position,
      process,
      reason,
      detail: textOf(headers, names.detail) ?? '',
      key,
      value,
      ...(original.length > 0 && { headers: original }),
      ...(time !== undefined && { timestamp: instant(time) }),
    }
    return { kind: 'letter', letter, writtenAt: timestamp }
  }
  const marked = positionIn(headers, sent)
  const newOffset = numberOf(headers, `${sent}new.offset`)
  if (marked === undefined || newOffset === undefined) return { kind: 'foreign' }
  return { kind: 'mark', mark: { ...marked, newOffset }, at: timestamp }
}

const isReason = (text: string | undefined): text is RejectReason => text !== undefined && Object.hasOwn(places, text)

/** Of each of our names the last one is ours. */
function withoutOurs(headers: RecordHeaders): RecordHeaders {
  const ours = new Set<string>(Object.values(names))
  const last = new Map(headers.map(([name], index) => [name, index]))
  return headers.filter(([name], index) => !ours.has(name) || last.get(name) !== index)
}

function positionIn(headers: RecordHeaders, prefix: string): (TopicPartition & { offset: number }) | undefined {
  const topic = textOf(headers, `${prefix}topic`)
  const partition = numberOf(headers, `${prefix}partition`)
  const offset = numberOf(headers, `${prefix}offset`)
  if (topic === undefined || partition === undefined || offset === undefined) return undefined
  return { topic, partition, offset }
}

function textOf(headers: RecordHeaders, name: string): string | undefined {
  const value = headers.findLast(([each]) => each === name)?.[1]
  return value == null ? undefined : Buffer.from(value).toString('utf8')
}

function numberOf(headers: RecordHeaders, name: string): number | undefined {
  const text = textOf(headers, name)
  return text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
}
