import { expect, test } from 'vitest'
import { quickDelivery } from '../../test/browser/quick-delivery.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import { exampleRecord } from './example-record.ts'

const now = instant(1_700_000_000_123)
const [source] = quickDelivery.sources as [SourceDefinition]
const plain = { order_id: 'A-1', event_id: 'event-1', activity: 'created', ts: '2023-11-14T22:13:20.123Z' }

const exampleOf = (changes: Partial<SourceDefinition>, process: ProcessDefinition = quickDelivery) => {
  const example = exampleRecord(process, { ...source, ...changes }, now)
  return example && { key: example.key, value: JSON.parse(example.value) }
}

test('an example has the fields that the mapping reads', () => {
  expect(exampleOf({})).toEqual({ key: null, value: plain })
})

test('an example of a translated activity and an epoch time is written as the producer writes it', () => {
  const example = exampleOf({
    case: [['after', 'id']],
    id: undefined,
    events: {
      kind: 'single',
      activity: { kind: 'map', path: ['after', 'status'], map: { P: 'paid', C: 'created' } },
      time: { from: ['ts_ms'], unit: 's', timezone: undefined },
    },
  })
  expect(example).toEqual({ key: null, value: { after: { id: 'A-1', status: 'C' }, ts_ms: 1_700_000_000 } })
})

test('an example of a wide row fills its first column, and where the case is the key it has one', () => {
  const time = { from: ['paid_at'], unit: undefined, timezone: undefined }
  const events = { kind: 'wide' as const, columns: [{ activity: 'paid', time }] }
  expect(exampleOf({ case: '$key', id: undefined, events })).toEqual({
    key: 'A-1',
    value: { paid_at: '2023-11-14T22:13:20.123Z' },
  })
})

test('an example starts a case, where the process says how cases start', () => {
  const starts = [{ activity: 1, where: undefined }]
  expect(exampleOf({}, { ...quickDelivery, starts })?.value).toEqual({ ...plain, activity: 'paid' })
})

test('an example is one that the condition of its source lets through', () => {
  expect(exampleOf({ where: 'tenant == "cn" && customer.kind in ["b2b"]' })?.value).toEqual({
    ...plain,
    tenant: 'cn',
    customer: { kind: 'b2b' },
  })
})

test('a condition on the activity leads to an activity that the process names', () => {
  expect(exampleOf({ where: 'activity != "created"' })?.value.activity).toBe('paid')
  expect(exampleOf({ where: '!(activity in ["created", "paid"])' })?.value.activity).toBe('picked')
})

test('a CloudEvent has its fields inside, and its condition is met where it looks', () => {
  const example = exampleOf({ format: 'cloudevents', id: ['id'], where: 'type == "order" && tenant == "cn"' })
  expect(example?.value).toEqual({
    id: 'event-1',
    type: 'order',
    data: { order_id: 'A-1', activity: 'created', ts: '2023-11-14T22:13:20.123Z', tenant: 'cn' },
  })
})

test('there is no example where the condition contradicts itself, or lets only unreadable records through', () => {
  expect(exampleOf({ where: 'tenant == "cn" && tenant == "de"' })).toBeUndefined()
  expect(exampleOf({ where: '!has(order_id)' })).toBeUndefined()
  expect(exampleOf({ where: 'ts == "yesterday"' })).toBeUndefined()
})
