import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { instant } from '../../event/instant.ts'
import type { DeadLetter } from '../../event/record.ts'
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
