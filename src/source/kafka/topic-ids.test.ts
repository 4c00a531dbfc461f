import { expect, test } from 'vitest'
import { idsIn, requestOf } from './topic-ids.ts'

// That a real broker understands the request is tested in test/kafka/topic-ids.test.ts.

const compact = (text: string) => [text.length + 1, ...Buffer.from(text)]
const int32 = (value: number) => [0, 0, 0, value]
const noTags = 0
/** Two tagged fields, of one and of three bytes. */
const twoTags = [2, 0, 1, 9, 1, 3, 7, 7, 7]
const id = (last: number) => [...Array<number>(15).fill(0), last]

const partition = [0, 0, ...int32(0), ...int32(1), ...int32(5), 3, ...int32(1), ...int32(2), 2, ...int32(1), 1, noTags]

function topic(name: string, topicId: readonly number[], error = 0, tags: readonly number[] = [noTags]): number[] {
  return [0, error, ...compact(name), ...topicId, 0, 3, ...partition, ...partition, 0, 0, 0, 0, ...tags]
}

const answer = (topics: readonly (readonly number[])[], tags: readonly number[] = [noTags]): Buffer =>
  Buffer.from([
    ...tags,
    ...int32(0),
    2,
    ...[...int32(1), ...compact('kafka'), ...int32(90), 0, ...tags],
    ...compact('cluster'),
    ...int32(1),
    topics.length + 1,
    ...topics.flat(),
    ...int32(0),
    noTags,
  ])

test('the ids of topics are found between brokers, partitions and their replicas', () => {
  const ids = idsIn(answer([topic('orders', id(1)), topic('orders.v2', id(255))]))
  expect([...ids]).toEqual([
    ['orders', 'AAAAAAAAAAAAAAAAAAAAAQ'],
    ['orders.v2', 'AAAAAAAAAAAAAAAAAAAA_w'],
  ])
})

test('fields that a newer broker adds are passed over', () => {
  const ids = idsIn(answer([topic('orders', id(1), 0, twoTags), topic('others', id(2))], twoTags))
  expect([...ids.keys()]).toEqual(['orders', 'others'])
})

test('a topic that is not there, or that has no id, has none', () => {
  expect(idsIn(answer([topic('gone', id(1), 3), topic('old', id(0))])).size).toBe(0)
})

test('an answer that is cut off is an error, not fewer topics', () => {
  const whole = answer([topic('orders', id(1))])
  for (let length = 1; length < whole.length - 30; length++) {
    expect(() => idsIn(whole.subarray(0, length)), `${length} bytes`).toThrow(RangeError)
  }
})

test('a long name has a length of two bytes', () => {
  const name = 'x'.repeat(200)
  const body = requestOf([name])
  expect([...body.subarray(0, 2)]).toEqual([0, 2])
  expect([...body.subarray(18, 20)]).toEqual([0xc9, 0x01])
  expect(body.subarray(20, 220).toString()).toBe(name)
  expect([...body.subarray(220)]).toEqual([0, 0, 0, 0, 0])
})
