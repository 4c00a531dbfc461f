import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import { newAttributeTable } from '../cases/process-plan.ts'
import { DecodedRecord } from '../decode/decoded-record.ts'
import { compileDecoder } from '../decode/decoder.ts'
import { instant } from '../event/instant.ts'
import type { SourceRecord } from '../event/record.ts'
import { splitAttributes } from '../model/attribute-split.ts'
import { QUEUE_LIMIT_BYTES, RecordQueue } from './record-queue.ts'

const process = makeProcess({
  activities: ['paid'],
  stages: { waiting: { from: ['paid'], to: ['paid'] } },
  settle: 10,
  pane: 10,
  timeout: 100,
})

const decode = compileDecoder(process, process.sources[0]!)
const table = newAttributeTable(process)
const newQueue = () =>
  new RecordQueue(
    (one, into) => into.fill(decode(one)),
    () => new DecodedRecord(table, splitAttributes(process.attributes)),
  )

const record = (offset: number, value: string): SourceRecord => ({
  offset,
  key: null,
  value: Buffer.from(value),
  timestamp: undefined,
  notAfter: instant(Infinity),
})

const paid = (at: number, padding = 0) =>
  JSON.stringify({ case: 'c', activity: 'paid', at, padding: 'x'.repeat(padding) })

test('records come out in the order they came in, decoded, with the instant they lift the watermark to', () => {
  const queue = newQueue()
  void queue.add([record(0, paid(70)), record(1, '{')])
  void queue.add([record(2, '{"case":"c","activity":"noise","at":99}'), record(3, paid(-5))])
  const seen: [number, string, number][] = []
  for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
    expect(queue.peek()).toBe(head)
    seen.push([head.record.offset, head.decoded.kind, head.lifts])
    queue.drop()
  }
  expect(seen).toEqual([
    [0, 'events', 70],
    [1, 'rejected', -Infinity],
    [2, 'events', -Infinity],
    [3, 'events', -5],
  ])
})

/** Whether a promise has resolved by now. */
const isDone = (promise: Promise<void>) => Promise.race([promise.then(() => true), Promise.resolve(false)])

test('over its limit the queue holds its source back until a batch is folded and half of it is free', async () => {
  const queue = newQueue()
  const count = 20
  const size = Math.floor(QUEUE_LIMIT_BYTES / count)
  const first = queue.add(Array.from({ length: count }, (_, offset) => record(offset, paid(offset, size))))
  expect(await isDone(first)).toBe(false)
  const second = queue.add([record(count, paid(count))])
  for (let folded = 0; folded < count - 1; folded++) {
    queue.peek()
    queue.drop()
  }
  expect(await isDone(first)).toBe(false)
  queue.peek()
  queue.drop()
  await first
  await second
})

test('a batch that fits is taken at once', async () => {
  await newQueue().add([record(0, paid(1))])
})

test('a queue that is cleared lets its source go, and has nothing left', async () => {
  const queue = newQueue()
  const taken = queue.add([record(0, paid(1, QUEUE_LIMIT_BYTES))])
  queue.peek()
  queue.clear()
  await taken
  expect(queue.peek()).toBeUndefined()
  await queue.add([record(7, paid(2))])
  expect(queue.peek()?.record.offset).toBe(7)
})

test('dropping what nobody has looked at is a bug', () => {
  const queue = newQueue()
  void queue.add([record(0, paid(1))])
  expect(() => queue.drop()).toThrow()
})

test('a record that has been taken out is let go of, with the bytes that were fetched with it', () => {
  const queue = newQueue()
  void queue.add([record(0, paid(70)), record(1, paid(80)), record(2, paid(90))])
  const dropped = queue.peek()!
  queue.drop()
  const cleared = queue.peek()!
  expect([dropped.record.value, cleared.record.offset]).toEqual([null, 1])
  queue.clear()
  expect(cleared.record.value).toBeNull()
  expect(queue.peek()).toBeUndefined()
})
