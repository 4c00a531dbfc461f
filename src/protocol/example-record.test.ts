import { expect, test } from 'vitest'
import { quickDelivery } from '../../test/browser/quick-delivery.ts'
import { instant } from '../event/instant.ts'
import type { SourceDefinition } from '../model/definitions.ts'
import { exampleRecord } from './example-record.ts'

const now = instant(1_700_000_000_123)
const [source] = quickDelivery.sources as [SourceDefinition]

test('an example has the fields that the mapping reads', () => {
  expect(exampleRecord(quickDelivery, source, now)).toEqual({
    order_id: 'A-1',
    event_id: 'event-1',
    activity: 'created',
    ts: '2023-11-14T22:13:20.123Z',
  })
})

test('an example of a translated activity and an epoch time is written as the producer writes it', () => {
  const example = exampleRecord(
    quickDelivery,
    {
      ...source,
      case: [['after', 'id']],
      id: undefined,
      events: {
        kind: 'single',
        activity: { kind: 'map', path: ['after', 'status'], map: { P: 'paid', C: 'created' } },
        time: { from: ['ts_ms'], unit: 's', timezone: undefined },
      },
    },
    now,
  )
  expect(example).toEqual({ after: { id: 'A-1', status: 'C' }, ts_ms: 1_700_000_000 })
})

test('an example of a wide row fills its first column', () => {
  const time = { from: ['paid_at'], unit: undefined, timezone: undefined }
  const events = { kind: 'wide' as const, columns: [{ activity: 'paid', time }] }
  expect(exampleRecord(quickDelivery, { ...source, case: '$key', id: undefined, events }, now)).toEqual({
    paid_at: '2023-11-14T22:13:20.123Z',
  })
})
