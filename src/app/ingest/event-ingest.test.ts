import { expect, test } from 'vitest'
import type { HandedInBatch } from '../../gateway/api/events.ts'
import { loadDefinitions } from '../../model/load.ts'
import { EventIngest, type KeepBatch } from './event-ingest.ts'

const at = Date.UTC(2026, 10, 23, 7)
const paidAt = '2026-11-23T06:59:00Z'

const files = [
  ['owners', 'depot: {title: Depot}'],
  ['orders', 'case: order, activity: what, time: at, dimensions: {shop: shop}'],
  ['shipments', 'case: [shipment, part], activity: what, time: at'],
  ['keyed', 'case: $key, activity: what, time: at'],
] as const

const topicOf = (name: string) => (name === 'keyed' ? 'keyed' : 'orders')

const { definitions } = loadDefinitions(
  files.map(([name, text]) => ({
    name: `${name}.yaml`,
    text:
      name === 'owners'
        ? text
        : `{process: ${name}, owner: depot, sources: [{topics: [${topicOf(name)}], format: json, ${text}}],
           activities: [paid, sent], stages: {sending: {from: paid, to: sent}}}`,
  })),
)

function ingest() {
  const kept: KeepBatch[] = []
  const keeper = {
    async keep(batch: KeepBatch) {
      kept.push(batch)
      return { outcome: 'kept', at: { partition: 0, firstOffset: 0 } } as const
    },
  }
  return { kept, events: new EventIngest(definitions!.processes, ['orders', 'keyed'], keeper, () => at) }
}

const batchOf = (values: readonly object[], more: Partial<HandedInBatch> = {}): HandedInBatch => ({
  ...{ topic: 'orders', id: undefined, key: undefined, areCloudEvents: false },
  records: values.map((value, index) => ({
    ...{ line: index + 1, value: Buffer.from(JSON.stringify(value)), key: undefined, subject: undefined },
  })),
  ...more,
})

const keysOf = ({ kept }: ReturnType<typeof ingest>) =>
  kept.flatMap(({ records }) => records.map(({ key, givenKey }) => [key?.toString(), givenKey?.toString()]))

test('a record gets its case as the key, as the first process that finds one does; one that was given goes before', async () => {
  const scene = ingest()
  const whole = { what: 'paid', at: paidAt, order: 12_345, shipment: 'S', part: 7 }
  const other = { what: 'paid', at: paidAt, shipment: 'S', part: 7 }
  const unknown = { what: 'washed' }
  const batch = batchOf([whole, other, unknown])
  await scene.events.take(batch)
  const [first, , third] = batch.records
  await scene.events.take({
    ...batch,
    records: [
      { ...first!, key: 'mine' },
      { ...third!, subject: 'order 1' },
    ],
  })
  await scene.events.take({ ...batch, records: [first!], key: 'of all' })
  expect(keysOf(scene)).toEqual([
    ['12345', undefined],
    ['S/7', undefined],
    [undefined, undefined],
    ['mine', 'mine'],
    ['order 1', undefined],
    ['of all', 'of all'],
  ])
})

test('what a process will reject is kept and told, by line, process and reason; so is what lies in the future', async () => {
  const { kept, events } = ingest()
  const soon = new Date(at + 599_000).toISOString()
  const later = new Date(at + 601_000).toISOString()
  const event = { what: 'paid', order: 'A', shipment: 'S', part: 1 }
  const taken = await events.take(
    batchOf([
      { ...event, at: soon },
      { ...event, at: later },
      { what: 'paid', at: paidAt },
    ]),
  )
  expect(taken).toEqual({
    outcome: 'kept',
    at: { partition: 0, firstOffset: 0 },
    rejectedCount: 2,
    rejected: [
      { line: 2, process: 'orders', reason: 'future', detail: expect.stringContaining(later) },
      { line: 3, process: 'orders', reason: 'missing-field', detail: 'field "order" (the case) is missing' },
    ],
  })
  expect(kept[0]?.records).toHaveLength(3)
})

test('where the case is the key, a record needs one', async () => {
  const { events } = ingest()
  const batch = batchOf([{ what: 'paid', at: paidAt }], { topic: 'keyed' })
  expect(await events.take(batch)).toMatchObject({ rejectedCount: 1, rejected: [{ reason: 'missing-field' }] })
  expect(await events.take({ ...batch, key: 'A-1' })).toMatchObject({ rejectedCount: 0 })
})

test('of many rejected records the first twenty are told, and all are counted', async () => {
  const { kept, events } = ingest()
  const taken = await events.take(batchOf(Array.from({ length: 1_200 }, () => ({ what: 'paid' }))))
  expect(taken).toMatchObject({ rejectedCount: 1_200, rejected: { length: 20 } })
  expect(kept[0]?.records).toHaveLength(1_200)
})

test('a batch of which nobody will ask gets an id of its own', async () => {
  const { kept, events } = ingest()
  await events.take(batchOf([{}]))
  await events.take(batchOf([{}]))
  await events.take(batchOf([{}], { id: 'mine' }))
  expect(new Set(kept.map(({ id }) => id)).size).toBe(3)
  expect(kept[2]?.id).toBe('mine')
})

test('what came of batches is counted, and a record once however often it is sent', async () => {
  const outcomes = ['kept', 'repeated', 'full'] as const
  const answers = outcomes.map(outcome => (outcome === 'full' ? { outcome, reason: '' } : { outcome, at: undefined }))
  const keeper = {
    async keep() {
      const answer = answers.shift()
      if (answer === undefined) throw new Error('the disk fails')
      return answer as { outcome: 'kept'; at: undefined }
    },
  }
  const events = new EventIngest(definitions!.processes, ['orders'], keeper, () => at)
  const batch = batchOf([{ what: 'paid' }, { what: 'washed' }])
  for (const outcome of outcomes) expect(await events.take(batch)).toMatchObject({ outcome })
  await expect(events.take(batch)).rejects.toThrow('the disk fails')
  expect(events.counts()).toEqual([
    {
      ...{ topic: 'orders', records: 2, rejected: 1 },
      batches: { kept: 1, repeated: 1, 'id-taken': 0, 'too-long': 0, full: 1, 'kafka-away': 0, failed: 1 },
    },
  ])
})
