import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { instant } from '../../event/instant.ts'
import type { DeadLetter } from '../../event/record.ts'
import { deadLetterSamples } from './dead-letter-samples.ts'
import { type DeadLetterFilter, type KeptDeadLetter, keptDeadLetters } from './dead-letters.ts'

let store: ScratchStore

const letter = (topic: string, partition: number, offset: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  process: 'orders',
  topic,
  partition,
  offset,
  reason: 'not-json',
  detail: 'it is empty',
  key: Buffer.from('k'),
  value: Buffer.from(`${topic} ${partition} ${offset}`),
  ...change,
})

const letters = [
  letter('a', 0, 3),
  letter('a', 0, 9, { reason: 'late', headers: [['trace', Buffer.from('t')]], timestamp: instant(5_000) }),
  letter('a', 0, 9, { process: 'returns', reason: 'missing-field' }),
  letter('a', 1, 1, { reason: 'late' }),
  letter('b', 0, 3),
]

beforeAll(async () => {
  store = await embeddedScratchStore()
  await store.write({ deadLetters: letters })
  await store.write({ redriven: [{ topic: 'a', partition: 0, offset: 9, newOffset: 12, at: instant(7_000) }] })
})

afterAll(() => store.close())

async function found(filter: DeadLetterFilter, pageRows = 2): Promise<KeptDeadLetter[]> {
  const all: KeptDeadLetter[] = []
  for await (const one of keptDeadLetters(store.connections.reading, filter, pageRows)) all.push(one)
  return all
}

const places = async (filter: DeadLetterFilter, pageRows?: number) =>
  (await found(filter, pageRows)).map(
    ({ process, topic, partition, offset }) => `${process} ${topic}:${partition}:${offset}`,
  )

test.each([1, 2, 3, 100])('all dead letters are read in the order of their positions, %i at a time', async pageRows => {
  expect(await places({}, pageRows)).toEqual([
    'orders a:0:3',
    'orders a:0:9',
    'returns a:0:9',
    'orders a:1:1',
    'orders b:0:3',
  ])
})

test.each<[DeadLetterFilter, string[]]>([
  [{ process: 'returns' }, ['returns a:0:9']],
  [{ reason: 'late' }, ['orders a:0:9', 'orders a:1:1']],
  [{ topic: 'b' }, ['orders b:0:3']],
  [{ partition: 1 }, ['orders a:1:1']],
  [{ topic: 'a', partition: 0, offset: 9 }, ['orders a:0:9', 'returns a:0:9']],
  [{ topic: 'a', reason: 'late', partition: 0 }, ['orders a:0:9']],
  [{ process: "' OR 1 = 1 --" }, []],
])('of dead letters those are read that %j means', async (filter, expected) => {
  expect(await places(filter)).toEqual(expected)
})

test('a dead letter comes with its headers and time, and with where it was sent back to', async () => {
  const [first, second] = await found({ topic: 'a', partition: 0, process: 'orders' })
  expect(first).toEqual({ ...letters[0], storedAt: expect.any(Number) })
  expect(second).toEqual({
    ...letters[1],
    storedAt: expect.any(Number),
    redriven: { at: 7_000, offset: 12 },
  })
  expect(Math.abs((second?.storedAt ?? 0) - Date.now())).toBeLessThan(600_000)
})

test('of each reason the letter that was stored last is a sample, its bytes cut, and missing fields are counted', async () => {
  const process = 'sampled'
  const lacks = (offset: number, field: string) =>
    letter('a', 0, offset, { process, reason: 'missing-field', detail: `field "${field}" is missing` })
  await store.write({
    deadLetters: [
      letter('a', 0, 1, { process, detail: 'it ends early', value: null, key: null }),
      letter('a', 0, 2, { process, value: Buffer.alloc(3_000, 'x') }),
      lacks(3, 'order_id'),
      lacks(4, 'ts'),
      lacks(5, 'order_id'),
    ],
  })
  // Sent once more, it is the same letter.
  await store.write({ deadLetters: [lacks(4, 'ts')] })
  const found = await deadLetterSamples(store.connections.reading, { process, since: instant(0) })
  expect(found.samples).toMatchObject([
    { reason: 'missing-field', offset: 5, detail: 'field "order_id" is missing', value: Buffer.from('a 0 5') },
    { reason: 'not-json', offset: 2, detail: 'it is empty', key: Buffer.from('k'), value: Buffer.alloc(2_000, 'x') },
  ])
  expect(found.samples.map(({ valueBytes }) => valueBytes)).toEqual([5, 3_000])
  expect(found.lacking).toEqual([
    { detail: 'field "order_id" is missing', count: 2 },
    { detail: 'field "ts" is missing', count: 1 },
  ])
  const later = { process, since: instant(found.samples[0]!.storedAt + 60_000) }
  expect((await deadLetterSamples(store.connections.reading, later)).lacking).toEqual([])
  expect(await deadLetterSamples(store.connections.reading, { process: 'none', since: instant(0) })).toEqual({
    samples: [],
    lacking: [],
  })
})
