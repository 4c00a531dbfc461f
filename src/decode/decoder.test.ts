import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import type { ProcessDefinition, SourceDefinition, TimeMapping } from '../model/definitions.ts'
import type { Decoded } from './decoded.ts'
import { compileDecoder } from './decoder.ts'

const position = { file: 'orders.yaml', line: 1, column: 1 }

const iso = (...from: string[]): TimeMapping => ({ from, unit: undefined, timezone: undefined })

const source: SourceDefinition = {
  topics: ['orders'],
  format: 'json',
  case: [['order_id']],
  events: { kind: 'single', activity: { kind: 'path', path: ['activity'] }, time: iso('ts') },
  id: undefined,
  where: undefined,
  attributes: [['warehouse'], ['customer', 'region'], ['amount'], ['lifecycle']],
}

const process: ProcessDefinition = {
  name: 'orders',
  title: { en: 'Orders' },
  owner: 'you',
  timezone: 'UTC',
  sources: [source],
  activities: ['paid', 'picked', 'delivered'],
  attributes: [
    { name: 'warehouse', kind: 'dimension', readByWhere: false },
    { name: 'region', kind: 'dimension', readByWhere: false },
    { name: 'value', kind: 'value', decimals: 2, readByWhere: false },
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
  position,
}

const at = Date.UTC(2026, 10, 23, 7, 46, 40)
const row = { order_id: 'O-1', activity: 'picked', ts: '2026-11-23T07:46:40Z', warehouse: 'WH-2' }

function record(value: string | Uint8Array | null, more: Partial<SourceRecord> = {}): SourceRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return { offset: 7, key: null, timestamp: undefined, notAfter: instant(at + 600_000), value: bytes, ...more }
}

/** What a source makes of a record's value, given as text, bytes or an object. */
function decode(
  value: string | Uint8Array | object | null,
  changes: Partial<SourceDefinition> = {},
  more = {},
): Decoded {
  const text =
    value === null || typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return compileDecoder(process, { ...source, ...changes })(record(text, more))
}

const event = (changes: object = {}) => ({
  case: 'O-1',
  activity: 1,
  at,
  id: undefined,
  attributes: ['WH-2', null, null, null],
  ...changes,
})

const one = (changes: object = {}): unknown => ({ kind: 'events', events: [event(changes)] })
const rejected = (reason: string, detail?: unknown): unknown => ({
  kind: 'rejected',
  reason,
  detail: detail ?? expect.any(String),
})

test('a record gives the event that its fields describe', () => {
  expect(decode({ ...row, customer: { region: 'East' }, amount: 12.345, lifecycle: 'start' })).toEqual(
    one({ attributes: ['WH-2', 'East', 1235, 'start'] }),
  )
})

test('a record without a value is a tombstone', () => {
  expect(decode(null)).toEqual({ kind: 'skipped', why: 'tombstone' })
})

test('a record for which where is false is skipped, before anything else of it is looked at', () => {
  expect(decode({ tenant: 'de' }, { where: 'tenant == "cn"' })).toEqual({ kind: 'skipped', why: 'filtered' })
  expect(decode({ ...row, tenant: 'cn' }, { where: 'tenant == "cn"' })).toEqual(one())
})

test.each([
  ['', 'it is empty'],
  ['  \n', 'it is empty'],
  ['{"order_id":', 'JSON'],
  ['[1]', 'it is an array'],
  ['null', 'it is null'],
  ['"text"', 'it is "text"'],
  ['17', 'it is 17'],
  ['\0\0\0\0\x01\x02a', 'set kafka.schema_registry to read Avro'],
  ['\0{}', 'it begins with a zero byte'],
])('the value %j is not-json', (value, detail) => {
  expect(decode(value)).toEqual(rejected('not-json', expect.stringContaining(detail)))
})

test('bytes that are not UTF-8 are not-json, even inside a text that is not mapped', () => {
  const broken = Buffer.from(JSON.stringify({ ...row, note: 'café' }), 'latin1')
  expect(decode(broken)).toEqual(rejected('not-json', expect.stringContaining('UTF-8')))
})

test('a replacement character that the producer wrote is a character like any other', () => {
  expect(decode({ ...row, warehouse: '\uFFFD' })).toEqual(one({ attributes: ['\uFFFD', null, null, null] }))
})

test('a byte order mark is skipped', () => {
  expect(decode(`\uFEFF${JSON.stringify({ ...row, warehouse: 2.0 })}`)).toEqual(
    one({ attributes: [2, null, null, null] }),
  )
})

test('half a surrogate pair becomes the replacement character, so that memory and store agree', () => {
  const text = JSON.stringify(row).replace('O-1', '\\ud83d')
  expect(decode(text)).toEqual(one({ case: '\uFFFD' }))
  expect(decode(JSON.stringify(row).replace('O-1', '\\ud83d\\ude00'))).toEqual(one({ case: '😀' }))
})

test('a record is too-large from one byte above the limit on', () => {
  const bytes = Buffer.from(JSON.stringify(row))
  const decoder = (maxRecordBytes: number) => compileDecoder(process, source, { maxRecordBytes })
  expect(decoder(bytes.byteLength)(record(bytes))).toEqual(one())
  expect(decoder(bytes.byteLength - 1)(record(bytes))).toEqual(rejected('too-large'))
})

test('nesting beyond the limit is too-deep, a million levels as well', () => {
  const nested = (depth: number) =>
    `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)},${JSON.stringify(row).slice(1)}`
  expect(decode(nested(64))).toEqual(one())
  expect(decode(nested(65))).toEqual(rejected('too-deep'))
  const huge = compileDecoder(process, source, { maxRecordBytes: 10_000_000 })
  expect(huge(record(nested(1_000_000)))).toEqual(rejected('too-deep'))
  expect(huge(record('['.repeat(1_000_000)))).toEqual(rejected('too-deep'))
})

test('brackets inside texts and beside each other are no depth', () => {
  expect(decode({ ...row, note: '[{"'.repeat(200), list: Array.from({ length: 200 }, () => ({})) })).toEqual(one())
})

test.each([
  ['order_id', undefined, 'missing-field', 'field "order_id" (the case) is missing'],
  ['order_id', '', 'missing-field', 'field "order_id" (the case) is missing'],
  ['order_id', null, 'missing-field', 'field "order_id" (the case) is missing'],
  ['order_id', { a: 1 }, 'missing-field', 'field "order_id" (the case) holds an object, not a text or number'],
  ['order_id', ['O-1'], 'missing-field', 'field "order_id" (the case) holds an array, not a text or number'],
  ['order_id', true, 'missing-field', 'field "order_id" (the case) holds true, not a text or number'],
  ['activity', undefined, 'missing-field', 'field "activity" (the activity) is missing'],
  ['activity', {}, 'missing-field', 'field "activity" (the activity) holds an object, not a name'],
  ['ts', undefined, 'missing-field', 'field "ts" (the time) is missing'],
  ['ts', '', 'missing-field', 'field "ts" (the time) is missing'],
  ['ts', 'yesterday', 'bad-time', 'field "ts" holds "yesterday", not a date and time in ISO 8601'],
  [
    'ts',
    '2026-02-30T00:00:00Z',
    'bad-time',
    'field "ts" holds "2026-02-30T00:00:00Z", not a date and time in ISO 8601',
  ],
  ['ts', '2026-11-23T07:46:40', 'bad-time', expect.stringContaining('set timezone:')],
  ['ts', 1_700_000_000, 'bad-time', expect.stringContaining('set unit:')],
  ['ts', {}, 'bad-time', 'field "ts" holds an object, not a date and time in ISO 8601'],
  ['amount', 'a lot', 'missing-field', expect.stringContaining('"amount" (the value) holds "a lot"')],
  ['amount', 1e300, 'missing-field', expect.stringContaining('"amount" (the value) holds 1e+300')],
])('with %s = %j the record is rejected', (field, value, reason, detail) => {
  expect(decode({ ...row, [field]: value })).toEqual(rejected(reason, detail))
})

test('names that every object inherits are no fields', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect(decode(row, { case: [[name]] })).toEqual(rejected('missing-field'))
    expect(decode(row, { attributes: [[name], [name, name], undefined, undefined] })).toEqual(
      one({ attributes: [null, null, null, null] }),
    )
    expect(decode(`{"${name}":"O-1",${JSON.stringify(row).slice(1)}`, { case: [[name]] })).toEqual(one())
  }
})

test('a path does not step into arrays and texts', () => {
  expect(decode({ ...row, lines: [{ id: 1 }] }, { case: [['lines', '0', 'id']] })).toEqual(rejected('missing-field'))
  expect(decode(row, { case: [['order_id', 'length']] })).toEqual(rejected('missing-field'))
})

test('an activity that the process does not name is ignored, and needs neither case nor time', () => {
  expect(decode({ activity: 'heartbeat' })).toEqual({ kind: 'events', events: [{ ignored: 'heartbeat' }] })
  expect(decode({ activity: 'x'.repeat(5_000) })).toEqual({
    kind: 'events',
    events: [{ ignored: `${'x'.repeat(200)}…` }],
  })
})

test('an activity may be constant, or translated', () => {
  const time = iso('ts')
  const constant = { kind: 'single', activity: { kind: 'const', activity: 'paid' }, time } as const
  expect(decode(row, { events: constant })).toEqual(one({ activity: 0 }))
  const map = { P: 'paid', '7': 'picked', true: 'delivered', X: 'scrapped' }
  const translated = { kind: 'single', activity: { kind: 'map', path: ['activity'], map }, time } as const
  expect(decode({ ...row, activity: 'P' }, { events: translated })).toEqual(one({ activity: 0 }))
  expect(decode({ ...row, activity: 7 }, { events: translated })).toEqual(one({ activity: 1 }))
  expect(decode({ ...row, activity: true }, { events: translated })).toEqual(one({ activity: 2 }))
  expect(decode({ ...row, activity: 'X' }, { events: translated })).toMatchObject({ events: [{ ignored: 'scrapped' }] })
  expect(decode({ ...row, activity: 'paid' }, { events: translated })).toMatchObject({ events: [{ ignored: 'paid' }] })
  expect(decode({ ...row, activity: 'constructor' }, { events: translated })).toMatchObject({
    events: [{ ignored: 'constructor' }],
  })
})

test('a case may have several fields, or be the key of the record', () => {
  expect(decode({ ...row, line: 3 }, { case: [['order_id'], ['line']] })).toEqual(one({ case: 'O-1/3' }))
  expect(decode(row, { case: [['order_id'], ['line']] })).toEqual(
    rejected('missing-field', 'field "line" (the case) is missing'),
  )
  expect(decode(row, { case: '$key' }, { key: Buffer.from('K-ü') })).toEqual(one({ case: 'K-ü' }))
  expect(decode(row, { case: '$key' })).toEqual(rejected('missing-field', 'the record has no key (the case)'))
  expect(decode(row, { case: '$key' }, { key: new Uint8Array() })).toEqual(rejected('missing-field'))
  expect(decode(row, { case: '$key' }, { key: new Uint8Array([255]) })).toEqual(rejected('missing-field'))
})

test('the id of an event keeps its digits, and an absent or empty one is none', () => {
  const id = ['event_id']
  expect(decode(`{"event_id":12345678901234567890,${JSON.stringify(row).slice(1)}`, { id })).toEqual(
    one({ id: '12345678901234567890' }),
  )
  expect(decode({ ...row, event_id: '' }, { id })).toEqual(one())
  expect(decode(row, { id })).toEqual(one())
})

test.each([
  ['s', '1700000000', 1_700_000_000_000],
  ['s', '1700000000.1239', 1_700_000_000_123],
  ['s', '1.7e9', 1_700_000_000_000],
  ['s', '-0.0001', -1],
  ['ms', '1700000000123', 1_700_000_000_123],
  ['ms', '1700000000123.99999', 1_700_000_000_123],
  ['us', '1700000000123999', 1_700_000_000_123],
  ['ns', '1700000000123999999', 1_700_000_000_123],
  ['ns', '-1', -1],
] as const)('an epoch number in %s, %s, is read as a number and as a text', (unit, digits, expected) => {
  const events = {
    kind: 'single',
    activity: { kind: 'path', path: ['activity'] },
    time: { ...iso('ts'), unit },
  } as const
  const { ts, ...rest } = row
  for (const written of [digits, `"${digits}"`]) {
    expect(decode(`{"ts":${written},${JSON.stringify(rest).slice(1)}`, { events })).toEqual(one({ at: expected }))
  }
  expect(decode({ ...rest, ts }, { events })).toEqual(
    rejected('bad-time', expect.stringContaining(`number in ${unit}`)),
  )
  expect(decode({ ...rest, ts: 1e30 }, { events })).toEqual(rejected('bad-time'))
})

test('the time may be that of the record', () => {
  const events = {
    kind: 'single',
    activity: { kind: 'path', path: ['activity'] },
    time: { ...iso(), from: '$timestamp' },
  } as const
  expect(decode(row, { events }, { timestamp: instant(at - 5) })).toEqual(one({ at: at - 5 }))
  expect(decode(row, { events })).toEqual(rejected('missing-field', 'the record has no timestamp'))
})

test('an event after notAfter is in the future, one at notAfter is not', () => {
  expect(decode(row, {}, { notAfter: instant(at) })).toEqual(one())
  expect(decode(row, {}, { notAfter: instant(at - 1) })).toEqual(
    rejected('future', expect.stringContaining('2026-11-23T07:46:39.999Z')),
  )
  expect(decode(row, {}, { notAfter: instant(-Infinity) })).toEqual(rejected('future'))
})

test.each([
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['1.0', '1.0'],
  ['1e2', '1e2'],
  ['-0', '-0'],
  ['1e999', '1e999'],
  ['0.1000', '0.1000'],
  ['12', 12],
  ['-1.5', -1.5],
  ['"1.0"', '1.0'],
  ['true', true],
  ['null', null],
  ['{"a":1}', null],
  ['[1]', null],
])('a dimension written %s is %j', (written, expected) => {
  const text = `{"warehouse":${written},${JSON.stringify({ ...row, warehouse: undefined }).slice(1)}`
  expect(decode(text)).toEqual(one({ attributes: [expected, null, null, null] }))
})

test('the digits of a number are found wherever it stands, whatever else looks like it', () => {
  const paths: Partial<SourceDefinition> = { case: [['a', 'b', 'id']] }
  const rest = JSON.stringify({ ...row, order_id: undefined }).slice(1)
  const id = '10000000000000000001'
  const documents = [
    `{"a":{"b":{"id":${id}}},${rest}`,
    `{"id":1.0,"a":{"id":2.0,"b":{"x":"\\"id\\":3.0","id":4.0,"id" : \n${id} }},${rest}`,
    `{"a":{"b":{"id":5.0}},"a":{"b":{"id":6.0},"b":{"id":${id}}},${rest}`,
    `{"\\u0061":{"b":{"i\\u0064":${id}}},"x":["id",{"id":7.0}],${rest}`,
    `{"x":"id","y":{"z":[[{"id":8.0}],"}"]},"a":{"b":{"id":${id}\t}},${rest}`,
  ]
  for (const document of documents) expect(decode(document, paths)).toEqual(one({ case: id }))
})

const wide: Partial<SourceDefinition> = {
  events: {
    kind: 'wide',
    columns: [
      { activity: 'paid', time: iso('paid_at') },
      { activity: 'picked', time: iso('picked_at') },
      { activity: 'delivered', time: { ...iso('delivered_at'), unit: 's' } },
    ],
  },
}

test('a wide row gives one event for each filled column', () => {
  const filled = {
    order_id: 'O-1',
    warehouse: 'WH-2',
    paid_at: '2026-11-23T07:46:40Z',
    picked_at: null,
    delivered_at: at / 1_000,
  }
  expect(decode(filled, { ...wide, id: ['order_id'] })).toEqual({
    kind: 'events',
    events: [event({ activity: 0 }), event({ activity: 2 })],
  })
  expect(decode({ order_id: 'O-1', paid_at: '' }, wide)).toEqual({ kind: 'events', events: [] })
})

test('one column that cannot be read or lies in the future rejects the whole row', () => {
  const filled = { order_id: 'O-1', paid_at: '2026-11-23T07:46:40Z' }
  expect(decode({ ...filled, picked_at: 'soon' }, wide)).toEqual(rejected('bad-time'))
  expect(decode({ ...filled, picked_at: '2036-11-23T07:46:40Z' }, wide)).toEqual(rejected('future'))
  expect(decode({ paid_at: filled.paid_at }, wide)).toEqual(rejected('missing-field'))
})

test('a wide row equals the single events that its filled columns would be, and fails with the first that fails', () => {
  const columns = wide.events?.kind === 'wide' ? wide.events.columns : []
  const time = fc.option(fc.integer({ min: 0, max: at + 1_000_000 }).map(ms => new Date(ms).toISOString()))
  const epoch = fc.option(fc.oneof(fc.nat(2_000_000_000), fc.constant('soon')))
  fc.assert(
    fc.property(time, time, epoch, fc.string(), (paid_at, picked_at, delivered_at, warehouse) => {
      const times = { paid_at, picked_at, delivered_at }
      const whole = { order_id: 'O-1', warehouse, ...times }
      const singles = columns
        .filter(column => times[column.time.from[0] as keyof typeof times] !== null)
        .map(({ activity, time }) =>
          decode(whole, { events: { kind: 'single', activity: { kind: 'const', activity }, time } }),
        )
      const events = singles.flatMap(single => (single.kind === 'events' ? single.events : []))
      const failed = singles.find(single => single.kind === 'rejected')
      expect(decode(whole, wide)).toEqual(failed ?? { kind: 'events', events })
    }),
  )
})

test('a CloudEvent gives the fields of its data, and its own id, time, type, subject and source', () => {
  const cloud: Partial<SourceDefinition> = {
    format: 'cloudevents',
    case: [['order_id']],
    events: { kind: 'single', activity: { kind: 'path', path: ['type'] }, time: iso('time') },
    id: ['id'],
    attributes: [['source'], ['data', 'source'], undefined, undefined],
  }
  const envelope = { specversion: '1.0', id: 'e-1', time: row.ts, type: 'picked', subject: 'O-9', source: '/shop' }
  const data = { order_id: 'O-1', source: 'inner', id: 'inner', time: 'inner', tenant: 'cn' }
  expect(decode({ ...envelope, data }, cloud)).toEqual(one({ id: 'e-1', attributes: ['/shop', 'inner', null, null] }))
  expect(decode({ ...envelope, data }, { ...cloud, where: 'tenant == "cn" && source == "/shop"' }).kind).toBe('events')
  expect(decode({ ...envelope, data }, { ...cloud, where: 'data.source == "/shop"' }).kind).toBe('skipped')
  expect(decode(envelope, { ...cloud, case: [['subject']] })).toMatchObject({ events: [{ case: 'O-9' }] })
  expect(decode({ ...envelope, data: 'text' }, cloud)).toEqual(rejected('missing-field'))
  const digits = `{"id":"e-1","time":"${row.ts}","type":"picked","order_id":1,"data":{"order_id":1.0}}`
  expect(decode(digits, cloud)).toMatchObject({ events: [{ case: '1.0' }] })
})

test('a Debezium change gives the fields of its row, with and without a schema around it', () => {
  const changes: Partial<SourceDefinition> = {
    format: 'debezium',
    case: [['after', 'order_id']],
    events: { kind: 'single', activity: { kind: 'map', path: ['op'], map: { u: 'picked' } }, time: iso('after', 'ts') },
    attributes: [['after', 'warehouse'], undefined, undefined, undefined],
    where: 'op != "r"',
  }
  const change = { before: null, after: row, source: { ts_ms: 1 }, op: 'u' }
  expect(decode(change, changes)).toEqual(one())
  expect(decode({ schema: { type: 'struct' }, payload: change }, changes)).toEqual(one())
  expect(decode({ payload: { ...change, op: 'r' } }, changes)).toEqual({ kind: 'skipped', why: 'filtered' })
  const digits = `{"schema":{"order_id":1},"payload":{"op":"u","before":{"order_id":2},"after":{"order_id":3.0,"ts":"${row.ts}"}}}`
  expect(decode(digits, changes)).toMatchObject({ events: [{ case: '3.0' }] })
  for (const deletion of [
    { before: row, after: null, op: 'd' },
    { payload: { before: row, after: null, op: 'd' } },
    { op: 't' },
    { schema: null, payload: null },
  ]) {
    expect(decode(deletion, changes)).toEqual({ kind: 'skipped', why: 'tombstone' })
  }
  expect(decode({ payload: 'text' }, { ...changes, where: undefined })).toEqual(rejected('missing-field'))
})

test('a decoder answers whatever the bytes, always the same, and without throwing', () => {
  const names = [
    'order_id',
    'activity',
    'ts',
    'warehouse',
    'customer',
    'amount',
    'lifecycle',
    'after',
    'payload',
    'op',
    'data',
    'id',
  ]
  const key = fc.oneof(fc.constantFrom(...names, 'region', '__proto__'), fc.string())
  const leaf = fc.oneof(
    fc.constantFrom('picked', 'u', 'd', row.ts, '2026-02-30T00:00:00Z', '', '12.5', 1_700_000_000_000),
    fc.jsonValue({ maxDepth: 0 }),
  )
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.dictionary(key, tie('tree'), { maxKeys: 8 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }))
  const text = fc.dictionary(key, tree, { maxKeys: 14 }).map(value => JSON.stringify(value))
  const bytes = fc.oneof(
    { weight: 4, arbitrary: text.map(json => Buffer.from(json)) },
    {
      weight: 1,
      arbitrary: fc.tuple(text, fc.nat()).map(([json, cut]) => Buffer.from(json.slice(0, cut % json.length))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  )
  const sources: Partial<SourceDefinition>[] = [
    { where: 'amount > 3 || warehouse.startsWith("W") || !(customer.region == "x")' },
    { id: ['id'], ...wide, case: '$key' },
    { format: 'cloudevents', case: [['id'], ['order_id']] },
    {
      format: 'debezium',
      case: [['after', 'order_id']],
      events: { kind: 'single', activity: { kind: 'path', path: ['op'] }, time: { ...iso('after', 'ts'), unit: 'us' } },
    },
  ]
  const decoders = sources.map(changes => compileDecoder(process, { ...source, ...changes }, { maxDepth: 4 }))
  fc.assert(
    fc.property(bytes, fc.constantFrom(...decoders), (value, decoder) => {
      const decoded = decoder(record(value, { key: value }))
      expect(decoder(record(value, { key: value }))).toEqual(decoded)
      if (decoded.kind === 'events') {
        for (const event of decoded.events) {
          if ('ignored' in event) continue
          expect(event.case).not.toBe('')
          expect(Number.isSafeInteger(event.at)).toBe(true)
          expect(event.attributes).toHaveLength(process.attributes.length)
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the digits of a number are kept whatever document it stands in', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,10})?([eE][+-]?[0-9]{1,2})?$/)
  const junk = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('order_id', 'a"b', 'customer')),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 5 },
  )
  const place = '"the number goes here"'
  fc.assert(
    fc.property(digits, junk, junk, fc.boolean(), (number, before, inside, pretty) => {
      const space = pretty ? 2 : undefined
      const text = JSON.stringify(
        { ...before, ...row, order_id: place.slice(1, -1), customer: { ...inside, region: place.slice(1, -1) } },
        null,
        space,
      )
      const decoded = decode(text.replaceAll(place, number), { case: [['order_id']] })
      expect(decoded).toMatchObject({ events: [{ case: number }] })
      const region =
        decoded.kind === 'events' && decoded.events[0] !== undefined && 'attributes' in decoded.events[0]
          ? decoded.events[0].attributes[1]
          : null
      expect(String(region)).toBe(number)
    }),
    { numRuns: 500 },
  )
})
