import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { KeepBatch } from '../../src/app/ingest/event-ingest.ts'
import { IngestTopics } from '../../src/app/ingest/ingest-topics.ts'
import { instant } from '../../src/event/instant.ts'
import { partitionOfKey } from '../../src/source/kafka/key-partition.ts'
import type { Source } from '../../src/source/source.ts'
import { freePort } from '../support/kafka/broker.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteTopics, openSource } from './topics.ts'

const PARTITIONS = 3
const open: IngestTopics[] = []
const sources: Source[] = []

afterEach(async () => {
  for (const topics of open.splice(0)) await topics.close()
  for (const source of sources.splice(0)) await source.stop()
})

function openTopics(brokers: string): IngestTopics {
  const topics = new IngestTopics({ brokers: brokers.split(','), clientId: 'stagewatch-tests', log: () => {} })
  open.push(topics)
  return topics
}

type Event = readonly [key: string | null, value: string]

const batchOf = (topic: string, id: string, events: readonly Event[], areCloudEvents = false): KeepBatch => ({
  ...{ topic, id, at: instant(1), areCloudEvents },
  records: events.map(([key, value]) => ({
    givenKey: null,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
  })),
})

/** A record, with the key that says where it has to lie. */
const numbered = (from: number, count: number): Event[] =>
  Array.from({ length: count }, (_, index) => [`case-${(from + index) % 20}`, `${from + index}`])

/** All that a topic holds: by partition, in order. */
async function read(brokers: string, topic: string, records: number): Promise<RecordingListener> {
  const listener = new RecordingListener()
  const source = openSource(brokers, [topic], { withHeaders: true })
  sources.push(source)
  await source.start(listener)
  await listener.until(
    () => listener.records.length >= records && [...listener.owned].every(key => listener.isAtEnd(key)),
  )
  return listener
}

const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())

test('brokers that do not answer are told of, with what to do', async () => {
  const topics = openTopics(`127.0.0.1:${await freePort()}`)
  expect(await topics.keep(batchOf('orders', 'a', numbered(0, 1)))).toEqual({
    outcome: 'kafka-away',
    reason: expect.stringContaining('no Kafka broker answers at 127.0.0.1'),
    remedy: expect.stringMatching(/^check `kafka.brokers`; then send the batch again/),
  })
})

describeKafka('events that are sent by HTTP, in topics', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  const newTopic = async (more: object = {}) =>
    (await createTopics(brokers, { numPartitions: PARTITIONS, ...more }))[0] as string

  test('lie where Kafka’s own clients put their keys, in order, each once, however many batches are under way', async () => {
    const topic = await newTopic()
    const topics = openTopics(brokers)
    const batches = Array.from({ length: 12 }, (_, batch) => batchOf(topic, `b${batch}`, numbered(batch * 100, 100)))
    const kept = await Promise.all(batches.map(batch => topics.keep(batch)))
    expect(kept).toEqual(batches.map(() => ({ outcome: 'kept', at: undefined })))
    expect(
      await topics.keep(
        batchOf(topic, 'one', [
          ['case-0', '1200'],
          ['case-0', '1201'],
        ]),
      ),
    ).toEqual({
      outcome: 'kept',
      at: { partition: partitionOfKey(Buffer.from('case-0'), PARTITIONS), firstOffset: expect.any(Number) },
    })
    const listener = await read(brokers, topic, 1_202)
    const found = [0, 1, 2].flatMap(partition =>
      listener.recordsOf(`${topic}:${partition}`).map(({ key, value }) => {
        expect(partitionOfKey(key!, PARTITIONS)).toBe(partition)
        return Number(textOf(value))
      }),
    )
    expect(found.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 1_202 }, (_, index) => index))
    for (let batch = 0; batch < 12; batch++) {
      for (let one = 0; one < 20; one++) {
        const own = found.filter(value => Math.floor(value / 100) === batch && value % 20 === one)
        expect(own).toEqual(own.toSorted((left, right) => left - right))
      }
    }
  })

  test('are known when they come again, also while they are under way; other records under the id are refused', async () => {
    const topic = await newTopic()
    const topics = openTopics(brokers)
    const batch = batchOf(topic, 'a', numbered(0, 10))
    const other = batchOf(topic, 'a', numbered(1, 10))
    expect(await Promise.all([batch, batch, other].map(each => topics.keep(each)))).toMatchObject([
      { outcome: 'kept' },
      { outcome: 'repeated' },
      { outcome: 'id-taken' },
    ])
    expect(await topics.keep(batch)).toMatchObject({ outcome: 'repeated' })
    // Another process, or this one after a restart, does not know it: there they are twice, for the fold to see.
    expect(await openTopics(brokers).keep(batch)).toMatchObject({ outcome: 'kept' })
    expect((await read(brokers, topic, 20)).records).toHaveLength(20)
  })

  test('say what they are where they are CloudEvents; one without a key has none', async () => {
    const topic = await newTopic()
    const topics = openTopics(brokers)
    await topics.keep(batchOf(topic, 'a', [[null, '{"id":"1"}']], true))
    await topics.keep(batchOf(topic, 'b', [['k', '{}']]))
    const { records } = await read(brokers, topic, 2)
    const said = records.map(({ key, value, headers }) => [
      textOf(key),
      textOf(value),
      headers?.map(([name, text]) => `${name}: ${textOf(text)}`),
    ])
    expect(said).toHaveLength(2)
    expect(said).toEqual(
      expect.arrayContaining([
        [null, '{"id":"1"}', ['content-type: application/cloudevents+json; charset=UTF-8']],
        ['k', '{}', undefined],
      ]),
    )
  })

  test('are refused where one is larger than the topic takes; what comes next is written all the same', async () => {
    const topic = await newTopic({ configEntries: [{ name: 'max.message.bytes', value: '2000' }] })
    const topics = openTopics(brokers)
    expect(await topics.keep(batchOf(topic, 'a', [['k', 'x'.repeat(3_000)]]))).toEqual({
      outcome: 'too-long',
      reason: `a record is larger than topic "${topic}" takes`,
      remedy: expect.stringMatching(/^raise max.message.bytes .*, or shorten the record; then send the batch again/),
    })
    expect(await topics.keep(batchOf(topic, 'a', [['k', 'short']]))).toMatchObject({ outcome: 'kept' })
    expect((await read(brokers, topic, 1)).texts()).toEqual(['short'])
  })
})
