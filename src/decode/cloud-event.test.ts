import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, processOf, recordAt, recordOf } from '../../test/support/decode/decoded.ts'
import { framed } from '../../test/support/schema-registry/registry-server.ts'
import { instant } from '../event/instant.ts'
import type { RecordHeaders } from '../event/record.ts'

const time = new Date(recordAt).toISOString()
const attributes = { specversion: '1.0', id: 'e-1', source: '/shop', type: 'paid', subject: 'O-9', time }

const headersOf = (texts: Readonly<Record<string, string>>): RecordHeaders =>
  Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])

/** Attributes as binary mode has them. */
const binary = (more: Readonly<Record<string, string>> = {}): RecordHeaders =>
  headersOf({ ...Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text])), ...more })

const json = { 'content-type': 'application/json' }

const ofEnvelope = processOf(
  'format: cloudevents, case: subject, activity: type, time: time, id: id, dimensions: {warehouse: warehouse, trace: ce_correlationid, where: data.source}',
)

const event = (...values: (string | number | null)[]) => ({
  kind: 'events',
  events: [{ case: 'O-9', activity: 0, at: recordAt, id: 'e-1', attributes: values }],
})

test('attributes in headers and data in the value are one event, as in structured mode', () => {
  const data = { warehouse: 'WH-2', source: 'inner', id: 'inner' }
  const inHeaders = recordOf(Buffer.from(JSON.stringify(data)), {
    headers: binary({ ...json, ce_correlationid: 'c-1' }),
  })
  const structured = { ...attributes, correlationid: 'c-1', datacontenttype: 'application/json', data }
  expect(decode(ofEnvelope, inHeaders)).toEqual(event('WH-2', 'c-1', 'inner'))
  expect(decode(ofEnvelope, recordOf(Buffer.from(JSON.stringify(structured))))).toEqual(event('WH-2', 'c-1', 'inner'))
})

test('which mode it is says the content-type, and else whether there are attributes in the headers', () => {
  const structured = Buffer.from(JSON.stringify({ ...attributes, data: { warehouse: 'WH-2' } }))
  for (const type of [
    'application/cloudevents+json',
    'Application/CloudEvents+JSON; charset=UTF-8',
    'application/cloudevents',
  ]) {
    // The headers of a structured event may repeat its attributes, here with another id.
    const headers = binary({ 'Content-Type': type, ce_id: 'repeated' })
    expect(decode(ofEnvelope, recordOf(structured, { headers }))).toEqual(event('WH-2', null, null))
  }
  for (const headers of [headersOf(json), headersOf({ traceparent: 'x' })]) {
    expect(decode(ofEnvelope, recordOf(structured, { headers }))).toEqual(event('WH-2', null, null))
  }
  const data = Buffer.from('{"warehouse": "WH-2"}')
  expect(decode(ofEnvelope, recordOf(data, { headers: binary() }))).toEqual(event('WH-2', null, null))
})

test('an event of attributes alone is none the less one', () => {
  expect(decode(ofEnvelope, { ...recordOf(Buffer.alloc(0), { headers: binary() }), value: null })).toEqual(
    event(null, null, null),
  )
  expect(decode(ofEnvelope, { ...recordOf(Buffer.alloc(0)), value: null })).toEqual({
    kind: 'skipped',
    why: 'tombstone',
  })
})

test('data that is a text, or bytes of something else, leaves the attributes as they are', () => {
  for (const [type, value] of [
    ['text/plain', Buffer.from('"},"id":"x"')],
    ['application/xml', Buffer.from('<a/>')],
    ['application/octet-stream', Buffer.from([0xff, 0xfe])],
  ] as const) {
    const headers = binary({ 'content-type': type })
    expect(decode(ofEnvelope, recordOf(value, { headers }))).toEqual(event(null, null, null))
  }
})

test('data in the frame of a schema registry is read', () => {
  const value = framed(3, '{"warehouse": "WH-2"}')
  expect(decode(ofEnvelope, recordOf(value, { headers: binary(json) }))).toEqual(event('WH-2', null, null))
})

test('a number of the data keeps its digits, and a condition sees attributes under both names', () => {
  const process = processOf(
    `format: cloudevents, case: order, activity: ce_type, time: ce_time, where: 'ce_id == "e-1" && type == "paid" && ce_tenant == "cn" && order > 0'`,
  )
  const value = Buffer.from('{"order": 9007199254740993}')
  expect(decode(process, recordOf(value, { headers: binary({ ...json, ce_tenant: 'cn' }) }))).toMatchObject({
    events: [{ case: '9007199254740993' }],
  })
  expect(decode(process, recordOf(value, { headers: binary({ ...json, ce_tenant: 'de' }) }))).toEqual({
    kind: 'skipped',
    why: 'filtered',
  })
})

test.each<[string, Buffer, Readonly<Record<string, string>>, string, string]>([
  ['that is no JSON', Buffer.from('{"a":'), json, 'not-json', 'the CloudEvent cannot be read: its data is not JSON: '],
  ['that would be members of the envelope', Buffer.from('1,"id":"x"'), json, 'not-json', 'its data is not JSON: '],
  ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 'not-json', 'its data is not UTF-8'],
  ['that is nested too deep', Buffer.from('['.repeat(65)), json, 'too-deep', 'more than 64 deep'],
  ['that is too large', Buffer.alloc(1_048_577, 32), json, 'too-large', 'the record has 1048577 bytes'],
  [
    'of a format that is not read',
    Buffer.from('{}'),
    { 'content-type': 'application/cloudevents+avro' },
    'not-json',
    'its content-type is application/cloudevents+avro',
  ],
  [
    'that is a batch',
    Buffer.from('[]'),
    { 'content-type': 'application/cloudevents-batch+json' },
    'not-json',
    'its content-type is application/cloudevents-batch+json',
  ],
])('an event with data %s is rejected', (_, value, more, reason, detail) => {
  expect(decode(ofEnvelope, recordOf(value, { headers: binary(more) }))).toEqual({
    kind: 'rejected',
    reason,
    detail: expect.stringContaining(detail),
  })
})

test('an event in headers that lacks an attribute is rejected for that', () => {
  const headers = binary().filter(([name]) => name !== 'ce_time')
  expect(decode(ofEnvelope, recordOf(Buffer.from('{}'), { headers }))).toEqual({
    kind: 'rejected',
    reason: 'missing-field',
    detail: 'field "time" (the time) is missing',
  })
})

test('headers of other formats say nothing', () => {
  const process = processOf('format: json, case: order, activity: step, time: at, unit: ms')
  const value = Buffer.from(JSON.stringify({ order: 'O-1', step: 'paid', at: recordAt }))
  expect(decode(process, recordOf(value, { headers: binary(json) }))).toMatchObject({ events: [{ case: 'O-1' }] })
})

test('whatever the data and the attributes, both modes give the same', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 8 })
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3 }),
      texts,
      texts,
      fc.option(fc.constantFrom('paid', 'picked', 'other'), { nil: undefined }),
      (data, subject, trace, type) => {
        const given = { ...attributes, subject, correlationid: trace, ...(type !== undefined && { type }) }
        const structured = recordOf(Buffer.from(JSON.stringify({ ...given, data })))
        const headers = headersOf({
          ...Object.fromEntries(Object.entries(given).map(([name, text]) => [`ce_${name}`, text])),
          ...json,
        })
        const inHeaders = recordOf(Buffer.from(JSON.stringify(data)), { headers })
        expect(decode(ofEnvelope, inHeaders)).toEqual(decode(ofEnvelope, structured))
      },
    ),
    { numRuns: 500 },
  )
})

test('an event that comes again later is the same', () => {
  const record = recordOf(Buffer.from('{"warehouse": "WH-2"}'), { headers: binary(json) })
  expect(decode(ofEnvelope, { ...record, offset: 99, timestamp: instant(0) })).toEqual(decode(ofEnvelope, record))
})
