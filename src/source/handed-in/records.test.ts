import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elementsOf } from './json-elements.ts'
import { type HandedInType, readHandedIn } from './records.ts'

const textsOf = (type: HandedInType, body: string) =>
  readHandedIn(type, Buffer.from(body))?.records.map(({ line, value }) => [line, Buffer.from(value).toString()])

test('a line is a record; empty ones are left out, and counted', () => {
  expect(textsOf('application/x-ndjson', '{"a":1}\r\n\n nonsense\n{"b":12345678901234567890}')).toEqual([
    [1, '{"a":1}'],
    [3, ' nonsense'],
    [4, '{"b":12345678901234567890}'],
  ])
  expect(textsOf('application/x-ndjson', '\n')).toEqual([])
})

test('JSON is one record, or an array of them, each as it was written', () => {
  expect(textsOf('application/json', ' {"a": [1, 2]}')).toEqual([[1, ' {"a": [1, 2]}']])
  expect(textsOf('application/json', '[{"n":12345678901234567890} , {"a":"],[\\\\"}\n]')).toEqual([
    [1, '{"n":12345678901234567890} '],
    [2, '{"a":"],[\\\\"}\n'],
  ])
  expect(textsOf('application/json', ' [ ] ')).toEqual([])
})

test.each(['[', '[1', '[1,]', '[,1]', '[1}', '[1] 2', '["a]', '[[1]', '1', ''])('%j is no array', body => {
  expect(elementsOf(Buffer.from(body))).toBeUndefined()
  expect(textsOf('application/cloudevents-batch+json', body)).toBeUndefined()
})

test('any array falls into its elements', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (values, space) => {
      const elements = elementsOf(Buffer.from(JSON.stringify(values, undefined, space)))
      expect(elements?.map(element => JSON.parse(element.toString()))).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
})

const event = (more: object) => ({ specversion: '1.0', type: 'paid', ...more })

test('CloudEvents bring their keys, and their ids name the batch', () => {
  const events = [
    event({ id: '1', source: '/shop', partitionkey: 'A-1', subject: 'order A-1' }),
    event({ id: '2', source: '/shop', subject: 'order A-2' }),
  ]
  const read = (values: readonly object[]) =>
    readHandedIn('application/cloudevents-batch+json', Buffer.from(JSON.stringify(values)))
  const batch = read(events)
  expect(batch?.records.map(({ key, subject }) => [key, subject])).toEqual([
    ['A-1', 'order A-1'],
    [undefined, 'order A-2'],
  ])
  expect(batch?.batchId).toMatch(/^ce-[\w-]{43}$/)
  expect(read(events.map(each => ({ ...each, subject: 'another' })))?.batchId).toBe(batch?.batchId)
  expect(read(events.toReversed())?.batchId).not.toBe(batch?.batchId)
  expect(read([...events, event({ id: '3' })])?.batchId).toBeUndefined()
  const one = readHandedIn('application/cloudevents+json', Buffer.from(JSON.stringify(events[0])))
  expect([one?.records.length, one?.records[0]?.key, one?.areCloudEvents]).toEqual([1, 'A-1', true])
  expect(readHandedIn('application/cloudevents+json', Buffer.from('nonsense'))?.records).toMatchObject([{ line: 1 }])
})
