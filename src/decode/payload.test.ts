import { Buffer } from 'node:buffer'
import avro from 'avsc'
import { expect, test } from 'vitest'
import { recordAt as at, decode, processOf, recordOf } from '../../test/support/decode/decoded.ts'
import { framed } from '../../test/support/schema-registry/registry-server.ts'
import type { WriterSchema } from '../event/wire-format.ts'

const plain =
  'case: order_id, activity: step, time: at, unit: ms, dimensions: {warehouse: warehouse}, value: {field: amount, decimals: 2}'

const fields = [
  { name: 'order_id', type: 'long' },
  { name: 'step', type: { type: 'enum', name: 'Step', symbols: ['paid', 'picked'] } },
  { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'warehouse', type: ['null', 'string'], default: null },
  { name: 'amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }] },
]
const schema = { type: 'record', name: 'Order', fields }

const avroSchema: WriterSchema = { kind: 'avro', id: 7, text: JSON.stringify(schema), references: [] }

const written = (of: object, value: unknown): Buffer =>
  avro.Type.forSchema(of as avro.Schema, { wrapUnions: true }).toBuffer(value)

const order = {
  order_id: 42,
  step: 'paid',
  at,
  warehouse: { string: 'WH-2' },
  amount: { bytes: Buffer.from([4, 0xce]) },
}

const event = (more: object = {}) => ({
  kind: 'events',
  events: [{ case: '42', activity: 0, at, id: undefined, attributes: ['WH-2', 1_230], ...more }],
})

test('an Avro datum is read by the schema that it names', () => {
  const process = processOf(`format: avro, ${plain}`)
  const value = framed(7, written(schema, order))
  expect(decode(process, recordOf(value, { schema: avroSchema }))).toEqual(event())
  const bare = framed(7, written(schema, { ...order, warehouse: null, amount: null }))
  expect(decode(process, recordOf(bare, { schema: avroSchema }))).toEqual(event({ attributes: [null, null] }))
})

test('an id of a long keeps its digits', () => {
  const process = processOf(`format: avro, ${plain}`)
  const value = framed(7, written(schema, { ...order, order_id: 0 }))
  // 2^53 + 1, twice that in sevens of bits, in place of the zero that is the order's id.
  const digits = Buffer.from([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20])
  const longer = Buffer.concat([value.subarray(0, 5), digits, value.subarray(6)])
  expect(decode(process, recordOf(longer, { schema: avroSchema }))).toEqual(event({ case: '9007199254740993' }))
})

test('a JSON text in the frame of a registry is read, whether a registry was asked or not', () => {
  const text = JSON.stringify({ order_id: 42, step: 'paid', at, warehouse: 'WH-2', amount: 12.3 })
  for (const more of [{}, { schema: { kind: 'json', id: 9 } as const }]) {
    expect(decode(processOf(`format: json, ${plain}`), recordOf(framed(9, text), more))).toEqual(event())
    expect(decode(processOf(`format: json, ${plain}`), recordOf(Buffer.from(text), more))).toEqual(event())
  }
})

test('the envelope may be Avro as well', () => {
  const change = {
    type: 'record',
    name: 'Envelope',
    fields: [
      { name: 'after', type: ['null', schema] },
      { name: 'op', type: 'string' },
    ],
  }
  const kind: WriterSchema = { kind: 'avro', id: 8, text: JSON.stringify(change), references: [] }
  const mapping =
    'case: after.order_id, activity: after.step, time: after.at, unit: ms, dimensions: {warehouse: after.warehouse}, value: {field: after.amount, decimals: 2}'
  const process = processOf(`format: debezium, ${mapping}`)
  const inserted = framed(8, written(change, { after: { Order: order }, op: 'c' }))
  expect(decode(process, recordOf(inserted, { schema: kind }))).toEqual(event())
  const deleted = framed(8, written(change, { after: null, op: 'd' }))
  expect(decode(process, recordOf(deleted, { schema: kind }))).toEqual({ kind: 'skipped', why: 'tombstone' })
})

const good = written(schema, order)

test.each<[string, string, Uint8Array, WriterSchema | undefined, string, string]>([
  [
    'without a frame',
    'avro',
    Buffer.from('{}'),
    undefined,
    'not-json',
    'the record cannot be read: it does not begin with the id of a schema (a zero byte and four more), as those of a registry do',
  ],
  [
    'of Avro where no registry was asked',
    'json',
    framed(7, good),
    undefined,
    'not-json',
    'the record cannot be read: it was written by schema 7 of a registry and is no JSON text; set kafka.schema_registry to read Avro',
  ],
  [
    'of a schema that the registry does not have',
    'avro',
    framed(4_294_967_295, good),
    { kind: 'unreadable', id: 4_294_967_295, why: 'the registry has no schema of this id' },
    'not-json',
    'the record cannot be read: it was written by schema 4294967295, and the registry has no schema of this id',
  ],
  [
    'of a schema that is none',
    'avro',
    framed(7, good),
    { kind: 'avro', id: 7, text: '"orders.Missing"', references: [] },
    'not-json',
    'the record cannot be read: it was written by schema 7, which is no use: it names the type "orders.Missing", which it does not define',
  ],
  [
    'that was cut short',
    'avro',
    framed(7, good.subarray(0, -1)),
    avroSchema,
    'not-json',
    'the record cannot be read: it does not fit schema 7: its bytes end too early',
  ],
  [
    'with bytes behind its end',
    'avro',
    framed(7, Buffer.concat([good, Buffer.from([1, 2])])),
    avroSchema,
    'not-json',
    'the record cannot be read: it does not fit schema 7: 2 bytes are left',
  ],
  [
    'that is no object',
    'avro',
    framed(6, Buffer.from([84])),
    { kind: 'avro', id: 6, text: '"int"', references: [] },
    'not-json',
    'the record is not a JSON object: it is 42',
  ],
  [
    'that would grow too large',
    'avro',
    framed(6, Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f])),
    { kind: 'avro', id: 6, text: '{"type": "array", "items": "null"}', references: [] },
    'too-large',
    'what its bytes say would be too large a text',
  ],
  [
    'that is too large as it is',
    'avro',
    framed(7, Buffer.alloc(1_048_576)),
    avroSchema,
    'too-large',
    'the record has 1048581 bytes; at most 1048576 are read',
  ],
])('a record %s is rejected', (_, format, value, kind, reason, detail) => {
  const process = processOf(`format: ${format}, ${plain}`)
  const record = recordOf(value, kind === undefined ? {} : { schema: kind })
  expect(decode(process, record)).toEqual({ kind: 'rejected', reason, detail })
})

test('a datum may become a text larger than a record may be', () => {
  const wide = {
    type: 'record',
    name: 'Wide',
    fields: [...fields, { name: 'more', type: { type: 'array', items: 'int' } }],
  }
  const kind: WriterSchema = { kind: 'avro', id: 5, text: JSON.stringify(wide), references: [] }
  const value = framed(5, written(wide, { ...order, more: Array(600_000).fill(1) }))
  expect(decode(processOf(`format: avro, ${plain}`), recordOf(value, { schema: kind }))).toEqual(event())
})

test('a tombstone is one in every format', () => {
  for (const format of ['json', 'avro', 'debezium', 'cloudevents']) {
    const tombstone = { ...recordOf(Buffer.alloc(0)), value: null }
    expect(decode(processOf(`format: ${format}, ${plain}`), tombstone)).toEqual({ kind: 'skipped', why: 'tombstone' })
  }
})

test('a key in the frame of a registry is not taken for a case', () => {
  const process = processOf('format: json, case: $key, activity: step, time: at, unit: ms')
  const value = Buffer.from(JSON.stringify({ step: 'paid', at }))
  expect(decode(process, recordOf(value, { key: framed(3, 'abc') }))).toEqual({
    kind: 'rejected',
    reason: 'missing-field',
    detail:
      "the record's key (the case) is in the frame of a schema registry, which is not opened: name a field of the value as the case",
  })
  expect(decode(process, recordOf(value, { key: Buffer.from('abc') }))).toMatchObject({ events: [{ case: 'abc' }] })
})
