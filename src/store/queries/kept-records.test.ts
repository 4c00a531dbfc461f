import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { instant } from '../../event/instant.ts'
import type { KeptRecord } from '../../shard/output.ts'
import { countKeptRecords, keptLogs, keptRecords } from './kept-records.ts'

let store: ScratchStore

beforeAll(async () => {
  store = await embeddedScratchStore()
})

afterAll(() => store.close())

const span = { process: 'orders', topic: 'orders.events', partition: 3 }

const record = (offset: number, value: Uint8Array | null, change: Partial<KeptRecord> = {}): KeptRecord => ({
  ...span,
  offset,
  timestamp: instant(offset),
  key: null,
  value,
  ...change,
})

async function pagesOf(from: number, before: number): Promise<KeptRecord[][]> {
  const pages: KeptRecord[][] = []
  for await (const page of keptRecords(store.connections.reading, { ...span, from, before })) pages.push(page)
  return pages
}

test('records come back as they were kept, in the order of their offsets, those of the span only', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const kept = [
    record(9, Buffer.from(bytes), { key: Buffer.from(bytes) }),
    record(100, null, { timestamp: undefined }),
    record(1_000, Buffer.alloc(0)),
  ]
  const others = [
    record(8, null),
    record(1_001, null),
    record(9, null, { partition: 4 }),
    record(10, null, { topic: 'other' }),
    record(10, null, { process: 'other' }),
  ]
  await store.write({ records: [...kept.toReversed(), ...others] })
  // As after a crash.
  await store.write({ records: kept })
  expect(await pagesOf(9, 1_001)).toEqual([kept])
  expect(await countKeptRecords(store.connections.reading, { ...span, from: 9, before: 1_001 })).toBe(3)
  expect(await keptLogs(store.connections.reading, 'orders')).toEqual([
    { topic: 'orders.events', partition: 3, from: 8, before: 1_002, count: 5 },
    { topic: 'orders.events', partition: 4, from: 9, before: 10, count: 1 },
    { topic: 'other', partition: 3, from: 10, before: 11, count: 1 },
  ])
  expect(await keptLogs(store.connections.reading, 'nobody')).toEqual([])
  expect(await pagesOf(101, 1_000)).toEqual([])
})

test('pages are bounded by bytes: long records come a few at a time', async () => {
  const long = Buffer.alloc(200_000, 'x')
  const kept = Array.from({ length: 300 }, (_, index) => record(5_000 + index, long))
  await store.write({ records: kept })
  const pages = await pagesOf(5_000, 6_000)
  expect(pages.flat().map(({ offset }) => offset)).toEqual(kept.map(({ offset }) => offset))
  expect(pages.length).toBeGreaterThan(3)
  for (const page of pages.slice(1)) expect(page.length).toBeLessThan(40)
})
