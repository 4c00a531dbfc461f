import { Buffer } from 'node:buffer'
import avro from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AvroCursor, AvroMismatch, AvroTooMuch } from './avro-cursor.ts'
import { AvroSchemaError, compileAvro } from './avro-schema.ts'

/** What somebody else's library writes, with longs that keep their digits. */
const long = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

function written(schema: unknown, value: unknown, references: readonly unknown[] = []): Buffer {
  const registry: Record<string, avro.Type> = { long }
  const options = { registry, wrapUnions: true }
  for (const reference of references) avro.Type.forSchema(reference as avro.Schema, options)
  return avro.Type.forSchema(schema as avro.Schema, options).toBuffer(value)
}

function read(schema: unknown, bytes: Uint8Array, references: readonly unknown[] = [], limits = {}): string {
  const reader = compileAvro(
    JSON.stringify(schema),
    references.map(reference => JSON.stringify(reference)),
  )
  const cursor = new AvroCursor(bytes, 0, { room: 4_000_000, maxDepth: 64, ...limits })
  const text = reader(cursor)
  expect(cursor.left).toBe(0)
  return text
}

const logical = (type: string, logicalType: string, more = {}) => ({ type, logicalType, ...more })

const unscaled = (value: bigint, bytes: number): Buffer => {
  const hex = BigInt.asUintN(8 * bytes, value).toString(16)
  return Buffer.from(hex.padStart(2 * bytes, '0'), 'hex')
}

test.each<[string, unknown, unknown, string]>([
  ['null', 'null', null, 'null'],
  ['a boolean', 'boolean', true, 'true'],
  ['an int', 'int', -2_147_483_648, '-2147483648'],
  ['a long', 'long', 1_764_000_000_000n, '1764000000000'],
  ['a long above 2^53', 'long', 9_007_199_254_740_993n, '9007199254740993'],
  ['the least long', 'long', -(2n ** 63n), '-9223372036854775808'],
  ['the greatest long', 'long', 2n ** 63n - 1n, '9223372036854775807'],
  ['a float', 'float', Math.fround(0.1), '0.1'],
  ['a float of nine digits', 'float', Math.fround(16_777.217), String(16777.217)],
  ['a double', 'double', 0.1 + 0.2, '0.30000000000000004'],
  ['no number', 'double', Number.NaN, '"NaN"'],
  ['an infinity', 'float', Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ['a string', 'string', 'Käse "名" \n', '"Käse \\"名\\" \\n"'],
  ['a string with attributes', { type: 'string', 'avro.java.string': 'String' }, 'x', '"x"'],
  ['bytes', 'bytes', Buffer.from([0x41, 0xff]), '"Aÿ"'],
  ['a fixed', { type: 'fixed', name: 'F', size: 2 }, Buffer.from([0x41, 0x42]), '"AB"'],
  ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', '"B"'],
  ['an empty array', { type: 'array', items: 'int' }, [], '[]'],
  ['an array', { type: 'array', items: 'int' }, [1, -2, 300], '[1,-2,300]'],
  ['a map', { type: 'map', values: 'long' }, { 'a"b': 1n }, '{"a\\"b":1}'],
  ['what may be null, and is', ['null', 'string'], null, 'null'],
  ['what may be null, and is not', ['null', 'string'], { string: 'x' }, '"x"'],
  ['a union of two numbers', ['int', 'double'], { double: 1.5 }, '1.5'],
  ['an instant in ms', logical('long', 'timestamp-millis'), 1_764_000_000_123, '1764000000123'],
  ['an instant in µs', logical('long', 'timestamp-micros'), 1_764_000_000_123_456, '1764000000123456'],
  ['a date', logical('int', 'date'), 20_440, '20440'],
  ['an amount', logical('bytes', 'decimal', { precision: 9, scale: 2 }), unscaled(1_230n, 2), '12.30'],
  ['a negative amount', logical('bytes', 'decimal', { precision: 9, scale: 2 }), unscaled(-5n, 1), '-0.05'],
  ['an amount without scale', logical('bytes', 'decimal', { precision: 9 }), unscaled(-1_230n, 2), '-1230'],
  ['an amount of no bytes', logical('bytes', 'decimal', { scale: 2 }), Buffer.alloc(0), '0.00'],
  [
    'an amount above 2^53 in a fixed',
    { type: 'fixed', name: 'D', size: 16, logicalType: 'decimal', precision: 38, scale: 4 },
    unscaled(12_345_678_901_234_567_890_123n, 16),
    '1234567890123456789.0123',
  ],
  ['a decimal whose scale makes no sense', logical('bytes', 'decimal', { scale: -1 }), Buffer.from('A'), '"A"'],
  [
    'a uuid of 16 bytes',
    { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' },
    Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    '"00112233-4455-6677-8899-aabbccddeeff"',
  ],
])('%s becomes JSON', (_, schema, value, json) => {
  expect(read(schema, written(schema, value))).toBe(json)
})

test('records refer to types by name, with and without namespace, and to themselves', () => {
  const address = { type: 'record', name: 'com.shop.Address', fields: [{ name: 'city', type: 'string' }] }
  const schema = {
    type: 'record',
    name: 'Order',
    namespace: 'com.shop',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] } },
      { name: 'before', type: ['null', 'State'] },
      { name: 'to', type: 'Address' },
      { name: 'from', type: 'com.shop.Address' },
      { name: 'replaces', type: ['null', 'Order'] },
    ],
  }
  const order = (id: string, replaces: unknown) => ({
    id,
    state: 'PAID',
    before: { 'com.shop.State': 'OPEN' },
    to: { city: 'Köln' },
    from: { city: '' },
    replaces,
  })
  const bytes = written(schema, order('2', { 'com.shop.Order': order('1', null) }), [address])
  const text = (id: string, replaces: string) =>
    `{"id":"${id}","state":"PAID","before":"OPEN","to":{"city":"Köln"},"from":{"city":""},"replaces":${replaces}}`
  expect(read(schema, bytes, [address])).toBe(text('2', text('1', 'null')))
})

test('arrays and maps in several blocks, with their size or without, are whole', () => {
  // Blocks of 1, of 2 with their size in bytes, and the end.
  expect(read({ type: 'array', items: 'int' }, Buffer.from([2, 2, 3, 4, 4, 6, 0]))).toBe('[1,2,3]')
  expect(read({ type: 'map', values: 'boolean' }, Buffer.from([2, 2, 0x61, 1, 1, 6, 2, 0x62, 0, 0]))).toBe(
    '{"a":true,"b":false}',
  )
})

test.each<[string, unknown, number[], string]>([
  ['nothing at all', 'int', [], 'its bytes end too early'],
  ['a string cut short', 'string', [8, 0x61], 'its bytes end too early'],
  ['a length below zero', 'string', [1], 'a length is -1'],
  ['a string that is no UTF-8', 'string', [2, 0xff], 'a string is not UTF-8'],
  ['a boolean of 2', 'boolean', [2], 'a boolean is 2'],
  ['a branch that is none', ['null', 'int'], [4], 'a union of 2 types has number 2'],
  ['a symbol that is none', { type: 'enum', name: 'E', symbols: ['A'] }, [1], 'an enum of 1 symbols has number -1'],
  ['an int of 33 bits', 'int', [0xfe, 0xff, 0xff, 0xff, 0x1f], 'an int has more than 32 bits'],
  ['a number without end', 'long', Array(11).fill(0x80), 'a number has more than 64 bits'],
  ['a number of 65 bits', 'long', [...Array(9).fill(0xff), 0x02], 'a number has more than 64 bits'],
  [
    'a count beyond all',
    { type: 'array', items: 'null' },
    [...Array(9).fill(0xff), 1],
    'a count is -9223372036854775808',
  ],
  ['a decimal of 200 bytes', logical('bytes', 'decimal'), [0x90, 3, ...Array(200).fill(1)], 'a decimal has 200 bytes'],
])('bytes with %s do not fit', (_, schema, bytes, why) => {
  const attempt = () => read(schema, Uint8Array.from(bytes))
  expect(attempt).toThrow(AvroMismatch)
  expect(attempt).toThrow(why)
})

test.each<[string, unknown, Buffer]>([
  ['items that take bytes', { type: 'array', items: 'string' }, written('long', 2n ** 40n)],
  ['items that take none', { type: 'array', items: 'null' }, written('long', 2n ** 40n)],
])('a damaged count of %s costs no more than the room there is', (_, schema, bytes) => {
  const started = performance.now()
  expect(() => read(schema, bytes)).toThrow()
  // The library that wrote it takes minutes, and all memory.
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('what is nested too deep is told as such, also where it takes no bytes', () => {
  const endless = { type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] }
  const chain = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] }
  for (const [schema, bytes] of [
    [endless, Buffer.alloc(0)],
    [chain, Buffer.alloc(100_000, 2)],
  ] as const) {
    expect(() => read(schema, bytes)).toThrow(
      new AvroTooMuch('too-deep', 'objects and arrays stand more than 64 deep in each other'),
    )
  }
  expect(read(chain, Buffer.from([2, 2, 0]), [], { maxDepth: 3 })).toBe('{"next":{"next":{"next":null}}}')
})

test.each<[string, string]>([
  ['{', 'it is not JSON'],
  ['"text"', 'it names the type "text", which it does not define'],
  ['{"type": "record", "name": "R"}', 'a record has no list of fields'],
  ['{"type": "record", "fields": []}', 'a record, enum or fixed has no name'],
  ['{"type": "record", "name": "R", "fields": [{"type": "int"}]}', 'a field has no name'],
  ['{"type": "enum", "name": "E"}', 'an enum has no list of symbols'],
  ['{"type": "fixed", "name": "F", "size": -1}', 'a fixed has no size'],
  ['["null", 7]', 'it holds 7 in place of a type'],
  [`${'{"type": '.repeat(200)}"int"${'}'.repeat(200)}`, 'it is more than 100 levels deep'],
])('the schema %s is told to be none', (text, why) => {
  expect(() => compileAvro(text, [])).toThrow(new AvroSchemaError(why))
})

type Sample = { readonly schema: unknown; readonly value: unknown; readonly json: unknown }

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant({ schema: 'null', value: null, json: null }),
  fc.boolean().map(value => ({ schema: 'boolean', value, json: value })),
  fc.integer().map(value => ({ schema: 'int', value, json: value })),
  fc.maxSafeInteger().map(value => ({ schema: 'long', value: BigInt(value), json: value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map(value => ({ schema: 'double', value, json: value === 0 ? 0 : value })),
  fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .map(value => ({ schema: 'float', value, json: value === 0 ? 0 : value })),
  fc.string({ unit: 'grapheme' }).map(value => ({ schema: 'string', value, json: value })),
)

let names = 0

const { sample } = fc.letrec<{ sample: Sample }>(tie => ({
  sample: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('sample').chain(item =>
      fc.integer({ min: 0, max: 3 }).map(count => ({
        schema: { type: 'array', items: item.schema },
        value: Array(count).fill(item.value),
        json: Array(count).fill(item.json),
      })),
    ),
    fc.tuple(tie('sample'), fc.uniqueArray(fc.string(), { maxLength: 3 })).map(([item, keys]) => ({
      schema: { type: 'map', values: item.schema },
      value: Object.fromEntries(keys.map(key => [key, item.value])),
      json: Object.fromEntries(keys.map(key => [key, item.json])),
    })),
    fc.array(tie('sample'), { maxLength: 4 }).map(fields => ({
      schema: {
        type: 'record',
        name: `R${++names}`,
        fields: fields.map(({ schema }, index) => ({ name: `f${index}`, type: schema })),
      },
      value: Object.fromEntries(fields.map(({ value }, index) => [`f${index}`, value])),
      json: Object.fromEntries(fields.map(({ json }, index) => [`f${index}`, json])),
    })),
  ),
}))

test('whatever a library writes of whatever schema is read as the same value', () => {
  fc.assert(
    fc.property(sample, ({ schema, value, json }) => {
      const found = JSON.parse(read(schema, written(schema, value)))
      // A float is written with the fewest digits that are the same float.
      expect(singles(found)).toEqual(singles(json))
    }),
    { numRuns: 500 },
  )
})

const singles = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'number' ? Math.fround(each) : each))

test('whatever bytes there are, they fit or are told not to', () => {
  fc.assert(
    fc.property(sample, fc.uint8Array({ maxLength: 40 }), ({ schema }, bytes) => {
      const cursor = new AvroCursor(bytes, 0, { room: 10_000, maxDepth: 16 })
      try {
        JSON.parse(compileAvro(JSON.stringify(schema), [])(cursor))
      } catch (error) {
        expect(error instanceof AvroMismatch || error instanceof AvroTooMuch).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})
