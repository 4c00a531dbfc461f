import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { defaultRecordLimits } from './decoder.ts'
import { type InferredMapping, inferMapping, type SampledRecord } from './infer.ts'
import { parseRecord } from './record-text.ts'

const START = Date.UTC(2026, 0, 5)
const MINUTE = 60_000
const steps = ['created', 'paid', 'picked', 'delivered']
const regions = ['east', 'west', 'north']

function sampled(value: object, more: Partial<SampledRecord> = {}): SampledRecord {
  const document = parseRecord(Buffer.from(JSON.stringify(value)), defaultRecordLimits)
  if (document.kind === 'rejected') throw new Error(document.detail)
  return { document, key: undefined, timestamp: undefined, ...more }
}

type Step = { readonly order: number; readonly step: number; readonly at: number }

/** 60 orders of four steps each, in the order of their instants. */
const log: readonly Step[] = Array.from({ length: 240 }, (_, index) => {
  const [order, step] = [index % 60, Math.floor(index / 60)]
  return { order, step, at: START + (order * 7 + step * 90) * MINUTE }
}).sort((a, b) => a.at - b.at)

const region = (order: number) => regions[order % 3]
const activity = (step: number) => steps[step]
const iso = (at: number) => new Date(at).toISOString()

function infer(record: (step: Step, index: number) => SampledRecord): InferredMapping {
  const inferred = inferMapping(log.map(record))
  if (inferred.kind === 'nothing') throw new Error(inferred.problem)
  return inferred
}

/** The field names of what was found. */
function names({ format, case: of, events, id, dimensions, value }: InferredMapping) {
  const found =
    events.kind === 'wide'
      ? Object.fromEntries(events.columns.map(({ activity, time }) => [activity, time.name]))
      : { activity: events.activity.name, time: events.time === '$timestamp' ? events.time : events.time.name }
  const more = { id: id?.name, dimensions: dimensions.map(column => column.name), value: value?.column.name }
  return { format, case: of.name, ...found, ...more }
}

test('in a plain log the case repeats, the activity changes along it, and dimensions do not', () => {
  const inferred = infer(({ order, step, at }, index) =>
    sampled({
      event_id: `e${index}`,
      order_id: `O-${order}`,
      buyer_id: `B-${order % 20}`,
      activity: activity(step),
      promised_at: iso(START + order * MINUTE),
      ts: iso(at),
      amount: `${order}.50`,
      address: { region: region(order) },
    }),
  )
  expect(names(inferred)).toEqual({
    format: 'json',
    case: 'order_id',
    activity: 'activity',
    time: 'ts',
    id: 'event_id',
    dimensions: ['address.region'],
    value: 'amount',
  })
  expect(inferred.value?.decimals).toBe(2)
})

test('names that say nothing are no hindrance', () => {
  const inferred = infer(({ order, step, at }) =>
    sampled({ f1: `x${order}`, f2: activity(step), f3: iso(at), f4: region(order) }),
  )
  expect(names(inferred)).toMatchObject({ case: 'f1', activity: 'f2', time: 'f3', dimensions: ['f4'] })
})

test.each([
  ['s', (at: number) => at / 1_000],
  ['ms', (at: number) => at],
  ['us', (at: number) => String(at * 1_000)],
  ['ns', (at: number) => `${at}000000`],
] as const)('epoch numbers in %s are recognised by their size', (unit, write) => {
  const inferred = infer(({ order, step, at }) =>
    sampled({ order_id: `O-${order}`, status: activity(step), event_time: write(at) }),
  )
  expect(inferred.events).toMatchObject({ kind: 'single', time: { name: 'event_time', time: { unit } } })
})

test('times without an offset are times that need a zone', () => {
  const inferred = infer(({ order, step, at }) =>
    sampled({ order_id: `O-${order}`, status: activity(step), event_time: iso(at).slice(0, -1).replace('T', ' ') }),
  )
  expect(inferred.events).toMatchObject({ time: { name: 'event_time', time: { unit: undefined, needsZone: true } } })
})

test('the key and the timestamp of the records serve where no field does', () => {
  const inferred = infer(({ order, step, at }) =>
    sampled({ status: activity(step), region: region(order) }, { key: `O-${order}`, timestamp: at }),
  )
  expect(names(inferred)).toMatchObject({ case: '$key', activity: 'status', time: '$timestamp' })
})

/** An order's row as it is after a step. */
const rowAfter = ({ order, step }: Step) => ({
  order_id: 1_000 + order,
  region: region(order),
  updated_at: iso(START + (order * 7 + step * 90) * MINUTE),
  promised_at: iso(START + order * MINUTE),
  ...Object.fromEntries(
    steps.map((name, place) => [`${name}_at`, place <= step ? iso(START + (order * 7 + place * 90) * MINUTE) : null]),
  ),
})

const wideColumns = { created: 'created_at', paid: 'paid_at', picked: 'picked_at', delivered: 'delivered_at' }

test('rows with times that are filled one after the other are wide rows', () => {
  expect(names(infer(step => sampled(rowAfter(step))))).toMatchObject({
    case: 'order_id',
    ...wideColumns,
    id: undefined,
  })
})

test('wide rows are recognised where every case has only one', () => {
  const rows = log.slice(0, 60).map((step, index) => sampled(rowAfter({ ...step, order: index, step: index % 4 })))
  const inferred = inferMapping(rows)
  expect(inferred.kind === 'mapping' && names(inferred)).toMatchObject({ case: 'order_id', ...wideColumns })
})

test('changes from Debezium are recognised, with and without a schema', () => {
  const change = (step: Step) => ({
    before: null,
    after: rowAfter(step),
    source: { ts_ms: step.at },
    op: 'u',
    ts_ms: step.at,
  })
  const columns = Object.fromEntries(Object.entries(wideColumns).map(([name, column]) => [name, `after.${column}`]))
  for (const record of [change, (step: Step) => ({ schema: {}, payload: change(step) })]) {
    expect(names(infer(step => sampled(record(step))))).toMatchObject({
      format: 'debezium',
      case: 'after.order_id',
      ...columns,
      dimensions: ['after.region'],
    })
  }
})

test('a status in a Debezium row is an activity', () => {
  const inferred = infer(({ order, step, at }) =>
    sampled({
      op: 'u',
      ts_ms: at,
      after: { id: order, status: activity(step), updated_at: iso(at), region: region(order) },
    }),
  )
  expect(names(inferred)).toMatchObject({ case: 'after.id', activity: 'after.status', time: 'after.updated_at' })
})

test('CloudEvents are recognised', () => {
  const inferred = infer(({ order, step, at }, index) =>
    sampled({
      specversion: '1.0',
      id: `e${index}`,
      source: '/shop',
      type: `com.example.${activity(step)}`,
      time: iso(at),
      data: { order_id: `O-${order}`, region: region(order) },
    }),
  )
  expect(names(inferred)).toMatchObject({
    format: 'cloudevents',
    case: 'order_id',
    activity: 'type',
    time: 'time',
    id: 'id',
    dimensions: ['region'],
  })
})

test('where nothing repeats, or nothing is a time, that is said with what was seen', () => {
  const numbers = Array.from({ length: 50 }, (_, index) => sampled({ reading: index * 1.5, unit: 'C' }))
  expect(inferMapping(numbers)).toMatchObject({
    kind: 'nothing',
    problem: expect.stringContaining('reading (50 values'),
  })
  const timeless = log.map(({ order, step }) => sampled({ order_id: `O-${order}`, activity: activity(step) }))
  expect(inferMapping(timeless)).toMatchObject({ kind: 'nothing', problem: expect.stringContaining('time') })
  expect(inferMapping([sampled({})])).toMatchObject({ kind: 'nothing', problem: expect.stringContaining('no fields') })
})
