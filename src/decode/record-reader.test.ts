import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AttributeTable } from '../event/attribute-table.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import { splitAttributes } from '../model/attribute-split.ts'
import type {
  ActivityMapping,
  InstantMapping,
  ProcessDefinition,
  SourceDefinition,
  TimeMapping,
} from '../model/definitions.ts'
import { DecodedRecord } from './decoded-record.ts'
import { compileDecoder } from './decoder.ts'
import { compileRecordReader } from './record-reader.ts'
import type { RecordLimits } from './record-text.ts'

const iso = (...from: string[]): InstantMapping => ({ from, unit: undefined, timezone: undefined })
const single = (activity: ActivityMapping, time: TimeMapping): SourceDefinition['events'] => ({
  kind: 'single',
  activity,
  time,
})
const byActivity: ActivityMapping = { kind: 'path', path: ['activity'] }

const source: SourceDefinition = {
  topics: ['orders'],
  format: 'json',
  case: [['order_id']],
  events: single(byActivity, iso('ts')),
  id: ['event_id'],
  where: undefined,
  attributes: [['warehouse'], ['customer', 'region'], ['amount'], iso('promised'), ['weight'], ['lifecycle']],
}

const process: ProcessDefinition = {
  name: 'orders',
  title: { en: 'Orders' },
  owner: 'you',
  timezone: 'UTC',
  sources: [source],
  activities: ['paid', 'picked', 'delivered', '5', 'true'],
  attributes: [
    { name: 'warehouse', kind: 'dimension', readByWhere: false },
    { name: 'region', kind: 'dimension', readByWhere: false },
    { name: 'value', kind: 'value', decimals: 2, readByWhere: false },
    { name: 'promised', kind: 'instant', readByWhere: false },
    { name: 'weight', kind: 'number', readByWhere: false },
    { name: 'lifecycle', kind: 'field', readByWhere: true },
  ],
  value: { currency: 'CNY' },
  starts: [],
  ends: [],
  settleMs: durationMs(3_600_000),
  paneMs: durationMs(10_000),
  caseTimeoutMs: durationMs(30 * 86_400_000),
  evaluateEveryMs: durationMs(1_000),
  limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
  stages: [],
  measures: [],
  metrics: [],
  rules: [],
  position: { file: 'orders.yaml', line: 1, column: 1 },
}

const split = splitAttributes(process.attributes)
const notAfter = instant(Date.UTC(2026, 10, 23, 8))

const row = {
  order_id: 'O-1',
  event_id: 'O-1-picked',
  activity: 'picked',
  ts: '2026-11-23T07:46:40.055Z',
  warehouse: 'WH-2',
  customer: { name: 'Ada', region: 'east' },
  amount: 129.5,
  promised: '2026-11-25T18:00:00+08:00',
  weight: 3,
  lifecycle: 'start',
  tenant: 'cn',
}

function record(value: string | Uint8Array | null, more: Partial<SourceRecord> = {}): SourceRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return { offset: 7, key: null, timestamp: undefined, notAfter, value: bytes, ...more }
}

/** Everything that a record's columns say, with the values in the place of their numbers. */
function contentOf(columns: DecodedRecord): unknown {
  const { kind, table, count } = columns
  if (kind === 'skipped') return { kind, why: columns.why, count, ignored: [...columns.ignored] }
  if (kind === 'rejected') {
    return { kind, reason: columns.reason, detail: columns.detail, count, ignored: [...columns.ignored] }
  }
  const events = Array.from({ length: count }, (_, event) => ({
    case: Buffer.from(columns.caseBytes.subarray(columns.caseFrom, columns.caseTo)).toString('hex'),
    activity: columns.activities[event],
    at: columns.at[event],
    labels: table.valuesOf(columns.tuples[event]!),
    numbers: [...columns.numbers.subarray(event * columns.numbersWidth, (event + 1) * columns.numbersWidth)],
    id: Buffer.from(columns.idBytes.subarray(columns.idFrom[event], columns.idTo[event])).toString('hex'),
  }))
  return { kind, events, ignored: [...columns.ignored] }
}

/** The two ways to read a source, each with columns of its own. */
function bothWays(changes: Partial<SourceDefinition>, limits: Partial<RecordLimits> = {}) {
  const mapping = { ...source, ...changes }
  const newColumns = () => new DecodedRecord(new AttributeTable(split.labels.map(() => true)), split)
  const [columns, plainColumns] = [newColumns(), newColumns()]
  const decode = compileDecoder(process, mapping, limits)
  const read = compileRecordReader(process, mapping, columns.table, limits)
  return {
    read,
    columns,
    fast: (one: SourceRecord) => {
      read(one, columns)
      return contentOf(columns)
    },
    plain: (one: SourceRecord) => {
      plainColumns.fill(decode(one))
      return contentOf(plainColumns)
    },
  }
}

/** Reads a record in both ways, which must agree, and tells what they say and whether the bytes were enough. */
function readOne(value: string | Uint8Array | object | null, changes: Partial<SourceDefinition> = {}, more = {}) {
  const text =
    value === null || typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  const { read, fast, plain } = bothWays(changes)
  const content = fast(record(text, more))
  expect(content).toEqual(plain(record(text, more)))
  // Once more, over the steps and tokens learned from the first time.
  expect(fast(record(text, more))).toEqual(content)
  return { content, isScanned: read.records.scanned === 2 }
}

/** The first ones of the mappings are those of usual sources. */
const SCANNED = 4
const mappings: readonly Partial<SourceDefinition>[] = [
  {},
  {
    where: 'tenant == "cn"',
    events: single({ ...byActivity, kind: 'map', map: { picked: 'picked', P: 'paid' } }, iso('ts')),
  },
  {
    where: '(tenant != "de" || has(customer.name)) && !(amount > 200)',
    case: '$key',
    events: single(byActivity, { from: '$timestamp', unit: undefined, timezone: undefined }),
  },
  {
    id: ['order_id'],
    case: [['customer', 'name']],
    attributes: [['order_id'], undefined, ['lifecycle'], undefined, undefined, ['customer', 'region']],
    events: single({ kind: 'const', activity: 'paid' }, { ...iso('ts'), timezone: 'Asia/Shanghai' }),
  },
  { events: single(byActivity, { ...iso('amount'), unit: 'ms' }), id: undefined },
  { events: single(byActivity, { ...iso('amount'), unit: 's' }), case: [['customer', 'a', 'b']], attributes: [] },
  { events: single({ kind: 'const', activity: 'unknown' }, iso('ts')) },
  {
    format: 'cloudevents',
    case: [['order_id']],
    id: ['id'],
    events: single({ kind: 'path', path: ['type'] }, iso('ts')),
    where: 'source == "/shop" && (data.tenant != "de" || has(lifecycle)) && !(specversion == "1.0")',
  },
  { case: [['order_id'], ['customer', 'name']] },
  {
    attributes: [
      ['customer'],
      ['customer', 'region'],
      ['amount'],
      { ...iso('promised'), timezone: 'Asia/Shanghai' },
      ['weight'],
      ['__proto__'],
    ],
  },
  {
    format: 'debezium',
    attributes: [['warehouse'], ['constructor'], ['amount'], iso('promised'), ['weight'], ['__proto__']],
  },
  {
    attributes: [['a"b'], ['区域'], ['amount'], { ...iso('amount'), unit: 's' }, ['customer', 'a'], ['__proto__']],
  },
]

/* Records are written as text, so that they can be written in every way. */

const plainTexts = [
  'picked',
  'paid',
  'P',
  'O-1',
  'WH-2',
  'east',
  'cn',
  'de',
  'start',
  '',
  '5',
  '12.5',
  '1e3',
  'true',
  '华东',
  '😀 ü',
]
const usualTimes = [
  '2026-11-23T07:46:40.055Z',
  '2026-11-23T07:46:40Z',
  '2026-11-23T15:46:40.05599+08:00',
  '2026-11-22T07:46:40-00:30',
  '2026-11-23 07:46:40Z',
  '1969-12-31T23:59:59.999Z',
]
const times = [
  ...usualTimes,
  '2026-11-23T07:46:40,5+0000',
  '2026-11-23T07:46',
  '2026-02-30T07:46:40Z',
  '2026-11-22T24:00:00Z',
  '2026-11-23T07:59:60Z',
  '2026-11-23T08:00:00.001Z',
]
const numbers = [
  '0',
  '-0',
  '12',
  '-1.5',
  '129.00',
  '0.005',
  '1.0',
  '1e2',
  '1E+2',
  '9007199254740993',
  '1e999',
  '1795419900',
  '1795419999123.7',
]
const misspelled = ['01', '1.', '.5', '+1', '-', '1e', '0x1', 'NaN', 'True', 'nul', 'undefined', "'a'", '']
const strings = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...plainTexts, ...times).map(text => JSON.stringify(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"\\u0070aid"',
      '"a\\nb\\\\"',
      '"\\ud83d"',
      '"\\ud83d\\ude00"',
      '"\\x"',
      '"\\u12"',
      '"a\tb"',
      '"\u007f"',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 40, unit: 'binary' }).map(text => JSON.stringify(text)) },
)
const scalars = fc.oneof(
  { weight: 5, arbitrary: strings },
  { weight: 3, arbitrary: fc.constantFrom(...numbers) },
  { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false') },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
)
const space = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom(' ', '\n', '\t ', '\r\n') },
)
const names = [
  'order_id',
  'event_id',
  'activity',
  'ts',
  'warehouse',
  'customer',
  'amount',
  'promised',
  'weight',
  'lifecycle',
  'tenant',
]
const otherNames = [
  'note',
  'region',
  'name',
  'a',
  'b',
  'type',
  'id',
  'data',
  '__proto__',
  'constructor',
  'a"b',
  '区域',
  '',
]
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names, ...otherNames).map(name => JSON.stringify(name)) },
  { weight: 1, arbitrary: fc.constantFrom('"\\u006frder_id"', '"custom\\u0065r"', '"a\tb"', 'ts', '"é"') },
)
const { json } = fc.letrec<{ json: string; object: string; list: string }>(tie => ({
  json: fc.oneof({ maxDepth: 3, depthSize: 'small' }, scalars, tie('object'), tie('list')),
  object: fc
    .array(fc.tuple(keys, space, space, tie('json'), space), { maxLength: 4 })
    .map(members => `{${members.map(([key, a, b, value, c]) => `${a}${key}:${b}${value}${c}`).join(',')}}`),
  list: fc
    .array(fc.tuple(space, tie('json')), { maxLength: 3 })
    .map(items => `[${items.map(([a, value]) => a + value).join(',')}]`),
}))

type Member = readonly [key: string, value: string]
const rowMembers: readonly Member[] = Object.entries(row).map(([name, value]) => [
  JSON.stringify(name),
  JSON.stringify(value),
])

/** Likely values of the mapped fields, so that most records are read to their end. */
const usualValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  activity: fc.constantFrom('"picked"', '"paid"', '"delivered"', '"P"', '5', 'true', '"refunded"'),
  ts: fc.constantFrom(...usualTimes).map(time => JSON.stringify(time)),
  amount: fc.constantFrom(...numbers, '"129.00"', '"0012.345"', '""', 'null'),
  promised: fc.constantFrom(...times).map(time => JSON.stringify(time)),
  weight: fc.constantFrom(...numbers, '""', 'null', '"7"', 'true'),
  tenant: fc.constantFrom('"cn"', '"de"', 'null', '1'),
  customer: fc.constantFrom(
    '{"name":"Ada","region":"east"}',
    '{"region":"west","name":7}',
    '{ "name" : "Ada", "a" : {"b":[1,{"c":"}"}]} }',
    '{"a":{"b":12345678901234567890}}',
    '{}',
    'null',
    '[{"region":"x"}]',
    '"text"',
  ),
}

type Change = (members: Member[]) => void

const set = (name: string, value: string): Change => {
  const key = JSON.stringify(name)
  return members => {
    const place = members.findIndex(member => member[0] === key)
    if (place >= 0) members[place] = [key, value]
  }
}

const insert = (place: number, member: Member): Change => {
  return members => {
    members.splice(place, 0, member)
  }
}

/** What producers do. */
const usualChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...Object.keys(usualValues))
      .chain(name => usualValues[name]!.map(value => set(name, value))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(9), fc.nat(9)).map(([from, to]): Change => {
      return members => {
        const [moved] = members.splice(from % members.length, 1)
        members.splice(to, 0, moved!)
      }
    }),
  },
)

/** What they should not do. */
const unusualChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...names), json).map(([name, value]) => set(name, value)) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(9), keys, json).map(([place, key, value]) => insert(place, [key, value])) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(9), fc.constantFrom(...misspelled))
      .map(([place, value]) => insert(place, ['"note"', value])),
  },
  {
    weight: 2,
    arbitrary: fc.nat(8).map((place): Change => {
      return members => {
        members.splice(place % members.length, 1)
      }
    }),
  },
)

const documents = fc
  .tuple(
    fc.array(usualChange, { maxLength: 4 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(unusualChange, { maxLength: 3 }) },
    ),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(['', '', '', '', '']) },
      { weight: 1, arbitrary: fc.array(space, { minLength: 5, maxLength: 5 }) },
    ),
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom(',', '}', ' ', '\n', '{}', '\0', '[') },
    ),
    fc.oneof(
      { weight: 20, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom('\uFEFF', ' ', '[', '\0') },
    ),
  )
  .map(([usual, unusual, [a, b, c, d, e], tail, head]) => {
    const members = [...rowMembers]
    for (const change of [...usual, ...unusual]) if (members.length > 0) change(members)
    return `${head}${a}{${b}${members.map(([key, value]) => `${key}${c}:${d}${value}`).join(`,${b}`)}${e}}${a}${tail}`
  })

const bytes = fc.oneof(
  { weight: 14, arbitrary: documents.map(text => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.tuple(documents, fc.nat(), fc.nat(255)).map(([text, place, byte]) => {
      const flipped = Buffer.from(text)
      flipped[place % flipped.length] = byte
      return flipped
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(documents, fc.nat()).map(([text, cut]) => Buffer.from(text).subarray(0, cut % text.length)),
  },
  { weight: 1, arbitrary: documents.map(text => Buffer.from(text, 'latin1')) },
)

test('a reader says of every record what the decoder says, whatever the record and those before it', () => {
  let scanned = 0
  let parsed = 0
  const limits = fc.constantFrom({}, {}, {}, { maxDepth: 3 }, { maxDepth: 2, maxRecordBytes: 250 }, { maxDepth: 1 })
  // Those that are scanned more often than those that are not.
  const mapping = fc.oneof(fc.constantFrom(...mappings.slice(0, SCANNED)), fc.constantFrom(...mappings))
  const stream = fc.array(bytes, { minLength: 20, maxLength: 60 })
  const envelope = '{"specversion":"1.0","id":"e-1","type":"picked","source":"/shop","data":'
  fc.assert(
    fc.property(mapping, limits, stream, (mapping, limits, values) => {
      const { read, fast, plain } = bothWays(mapping, limits)
      for (const written of values) {
        const isInside = mapping.format === 'cloudevents' && written.length % 5 > 0
        const value = isInside ? Buffer.concat([Buffer.from(envelope), written, Buffer.from('}')]) : written
        const one = record(value, { key: value.subarray(0, 9), timestamp: notAfter })
        expect([value.toString('latin1'), fast(one)]).toEqual([value.toString('latin1'), plain(one)])
      }
      scanned += read.records.scanned
      parsed += read.records.parsed
    }),
    { numRuns: 1_000 },
  )
  expect(scanned + parsed).toBeGreaterThan(20_000)
  // Records that both ways parse would agree whatever the fast one does.
  expect(scanned).toBeGreaterThan(6_000)
})

test('usual records are read from their bytes alone, whatever the order of their members', () => {
  const usual = [
    row,
    { ...row, activity: 'refunded' },
    { ...row, warehouse: 7, customer: { region: '华东' }, note: 'a "quote"\n', items: [{ sku: 1 }] },
    { ...row, warehouse: null, amount: '17.005', lifecycle: true, tenant: undefined },
    { order_id: 12345678901234567890n.toString(), activity: 'paid', ts: '2026-11-23T08:46:40+01:00' },
    Object.fromEntries(Object.entries(row).reverse()),
  ]
  for (const one of usual) expect(readOne(one).isScanned).toBe(true)
  for (const indent of [1, '\t']) expect(readOne(JSON.stringify(row, null, indent)).isScanned).toBe(true)
  expect(readOne(row, { where: 'tenant == "cn"' }).isScanned).toBe(true)
  expect(readOne(row, { where: 'tenant == "de"' })).toEqual({
    content: { kind: 'skipped', why: 'filtered', count: 0, ignored: [] },
    isScanned: true,
  })
})

test('a CloudEvent is read from its bytes, under its condition', () => {
  const cloud: Partial<SourceDefinition> = {
    format: 'cloudevents',
    id: ['id'],
    events: single({ kind: 'path', path: ['type'] }, iso('time')),
    where: 'source == "/shop" && data.source == "inner" && tenant == "cn"',
  }
  const one = {
    id: 'e-1',
    type: 'picked',
    source: '/shop',
    time: row.ts,
    data: { ...row, id: 'inner', source: 'inner' },
  }
  expect(readOne(one, cloud)).toMatchObject({ isScanned: true, content: { events: [{ activity: 1 }] } })
  expect(readOne({ ...one, source: 'inner' }, cloud)).toMatchObject({ isScanned: true, content: { kind: 'skipped' } })
})

test('a record gives the event that its fields describe, its case and id where they stand in the record', () => {
  const { fast, columns } = bothWays({})
  const one = record(JSON.stringify(row))
  expect(fast(one)).toEqual({
    kind: 'events',
    ignored: [],
    events: [
      {
        case: Buffer.from('O-1').toString('hex'),
        activity: 1,
        at: Date.UTC(2026, 10, 23, 7, 46, 40, 55),
        labels: ['WH-2', 'east', 'start'],
        numbers: [12_950, Date.UTC(2026, 10, 25, 10), 3],
        id: Buffer.from('O-1-picked').toString('hex'),
      },
    ],
  })
  expect(columns.caseBytes).toBe(one.value)
  expect(columns.idBytes).toBe(one.value)
})

test.each<[string, string | Uint8Array | object | null, Partial<SourceDefinition>, Partial<SourceRecord>]>([
  ['a tombstone', null, {}, {}],
  ['nothing', '', {}, {}],
  ['a byte order mark', `\uFEFF${JSON.stringify(row)}`, {}, {}],
  ['an escape in the case', JSON.stringify(row).replace('O-1', 'O\\u002d1'), {}, {}],
  ['an escape in a name', JSON.stringify(row).replace('"order_id"', '"order\\u005fid"'), {}, {}],
  ['two members of one name', `{"order_id":"O-0",${JSON.stringify(row).slice(1)}`, {}, {}],
  ['an object twice', `{"customer":{"region":"x"},${JSON.stringify(row).slice(1)}`, {}, {}],
  ['bad JSON in what is not wanted', JSON.stringify(row).replace('"Ada"', '"Ada\n"'), {}, {}],
  ['text behind the record', `${JSON.stringify(row)},`, {}, {}],
  ['bytes that are not UTF-8', Buffer.from(JSON.stringify({ ...row, note: 'café' }), 'latin1'), {}, {}],
  ['an event after notAfter', { ...row, ts: '2026-11-23T08:00:00.001Z' }, {}, {}],
  ['a missing case', { ...row, order_id: '' }, {}, {}],
  ['a missing time', { ...row, ts: null }, {}, {}],
  ['a bad time', { ...row, ts: '2026-02-30T00:00:00Z' }, {}, {}],
  ['an amount that is none', { ...row, amount: 'much' }, {}, {}],
  ['a missing activity', { ...row, activity: undefined }, {}, {}],
  ['a missing key', row, { case: '$key' }, {}],
  ['a key that is not UTF-8', row, { case: '$key' }, { key: Uint8Array.of(0xff) }],
])('of %s the reader says what the decoder says', (_what, value, changes, more) => {
  expect(readOne(value, changes, more).isScanned).toBe(false)
})

test.each<[string, Partial<SourceDefinition>, Partial<SourceRecord>]>([
  ['its key', { case: '$key' }, { key: Buffer.from('O-1') }],
  ['a number', { case: [['amount']] }, {}],
])('a case may be %s', (_what, changes, more) => {
  expect(readOne(row, changes, more).isScanned).toBe(true)
})

test('a time at notAfter is accepted, from a field or from the record', () => {
  const last = { ...row, ts: '2026-11-23T08:00:00.000Z', amount: Number(notAfter) }
  const timestamp: TimeMapping = { from: '$timestamp', unit: undefined, timezone: undefined }
  expect(readOne(last).isScanned).toBe(true)
  expect(readOne(last, { events: single(byActivity, { ...iso('amount'), unit: 'ms' }) }).isScanned).toBe(true)
  expect(readOne(last, { events: single(byActivity, timestamp) }, { timestamp: notAfter }).isScanned).toBe(true)
  expect(readOne(last, { events: single(byActivity, timestamp) }, { timestamp: instant(notAfter + 1) }).isScanned).toBe(
    false,
  )
  expect(readOne(last, { events: single(byActivity, timestamp) }).isScanned).toBe(false)
})

test.each([
  '9007199254740993',
  '-9007199254740993',
  '1.0',
  '1e2',
  '-0',
  '1e999',
  '0.1000',
  '12',
  '-1.5',
  '"1.0"',
  'true',
  'null',
  '{"a":1}',
  '[1]',
])('a dimension, a case and an id written %s are those of the decoder', written => {
  const text = `{"warehouse":${written},${JSON.stringify({ ...row, warehouse: undefined }).slice(1)}`
  expect(readOne(text).isScanned).toBe(true)
  readOne(text, { case: [['warehouse']], id: ['warehouse'] })
})

test('a record is too large from one byte above the limit on', () => {
  const text = JSON.stringify(row)
  for (const maxRecordBytes of [text.length, text.length - 1]) {
    const { read, fast, plain } = bothWays({}, { maxRecordBytes })
    expect(fast(record(text))).toEqual(plain(record(text)))
    expect(read.records.scanned).toBe(maxRecordBytes === text.length ? 1 : 0)
  }
})

test('tokens that were learned before the table was swept do not mean anything afterwards', () => {
  const { fast, plain, columns } = bothWays({})
  const of = (warehouse: string) => record(JSON.stringify({ ...row, warehouse }))
  for (let number = 0; number < 10_000; number++) fast(of(`WH-${number}`))
  const before = columns.table.generation
  columns.clear()
  columns.table.sweep()
  expect(columns.table.generation).toBeGreaterThan(before)
  for (const number of [9_999, 1, 2, 9_998, 20_000]) expect(fast(of(`WH-${number}`))).toEqual(plain(of(`WH-${number}`)))
})

test('a record that is rejected leaves no value behind in the table', () => {
  const { fast, columns } = bothWays({})
  fast(record(JSON.stringify({ ...row, warehouse: 'never seen', amount: 'much' })))
  expect(columns.kind).toBe('rejected')
  const codes = columns.table.snapshot().values
  expect(codes).not.toContain('never seen')
})

test('the names of ignored activities are those of the decoder, however many and however long', () => {
  const { read, fast, plain } = bothWays({})
  for (let number = 0; number < 1_000; number++) {
    const activity = number % 3 === 0 ? 'n'.repeat(number) : `name ${number % 400}`
    const one = record(JSON.stringify({ ...row, activity }))
    expect(fast(one)).toEqual(plain(one))
  }
  expect(read.records.scanned).toBe(999)
})
