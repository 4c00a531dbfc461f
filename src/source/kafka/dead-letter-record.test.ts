import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { DeadLetter, RecordHeaders, SourceRecord } from '../../event/record.ts'
import { headersOfDeadLetter, headersOfMark, readDeadLetterRecord } from './dead-letter-record.ts'

const letter: DeadLetter = {
  process: 'orders',
  topic: 'orders.events',
  partition: 3,
  offset: 4_711,
  reason: 'missing-field',
  detail: 'field "order_id" (the case) is missing',
  key: Buffer.from([0, 255]),
  value: Buffer.from('{}'),
  headers: [
    ['trace', Buffer.from([0, 254])],
    ['trace', null],
  ],
  timestamp: instant(1_764_000_000_123),
}

const recordOf = ({ key, value }: DeadLetter, headers: RecordHeaders): SourceRecord => ({
  offset: 1,
  key,
  value,
  headers,
  timestamp: instant(9_000),
  notAfter: instant(9_000),
})

const texts = (headers: RecordHeaders) => headers.map(([name, value]) => [name, value && Buffer.from(value).toString()])

test("why a record is a dead letter stands in headers of Kafka Connect's names, behind its own", () => {
  const headers = headersOfDeadLetter(letter)
  expect(headers.slice(0, 2)).toEqual(letter.headers)
  expect(texts(headers.slice(2))).toEqual([
    ['__connect.errors.topic', 'orders.events'],
    ['__connect.errors.partition', '3'],
    ['__connect.errors.offset', '4711'],
    ['__connect.errors.connector.name', 'orders'],
    ['__connect.errors.task.id', '3'],
    ['__connect.errors.stage', 'TRANSFORMATION'],
    ['__connect.errors.class.name', 'stagewatch.decode'],
    ['__connect.errors.exception.class.name', 'missing-field'],
    ['__connect.errors.exception.message', 'field "order_id" (the case) is missing'],
    ['__stagewatch.errors.timestamp', '1764000000123'],
  ])
})

const { headers: _, timestamp: __, ...bare } = letter

test.each<[string, DeadLetter]>([
  ['with headers and time', letter],
  ['that has neither', { ...bare, key: null, value: null }],
  // Such as a topic of dead letters that is watched itself.
  ['that was one before', { ...letter, headers: headersOfDeadLetter({ ...letter, process: 'returns', offset: 1 }) }],
])('a dead letter %s is read as it was written', (_, written) => {
  const read = readDeadLetterRecord(recordOf(written, headersOfDeadLetter(written)))
  expect(read).toEqual({ kind: 'letter', letter: written, writtenAt: 9_000 })
})

test('a mark says which dead letter was sent back, and where to', () => {
  const mark = { topic: 'orders.events', partition: 3, offset: 4_711, newOffset: 5_000 }
  const record = recordOf({ ...letter, key: null, value: null }, headersOfMark(mark))
  expect(readDeadLetterRecord(record)).toEqual({ kind: 'mark', mark, at: 9_000 })
})

test.each<[string, RecordHeaders]>([
  ['without headers', []],
  [
    "of Connect's own",
    headersOfDeadLetter(letter).map(([name, value]) => [
      name,
      name === '__connect.errors.exception.class.name' ? Buffer.from('java.lang.NullPointerException') : value,
    ]),
  ],
  ['of which the offset is no number', [...headersOfDeadLetter(letter), ['__connect.errors.offset', Buffer.from('x')]]],
])('a record %s is none of ours', (_, headers) => {
  expect(readDeadLetterRecord(recordOf(letter, headers))).toEqual({ kind: 'foreign' })
})
