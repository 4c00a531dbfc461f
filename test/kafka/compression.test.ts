import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteTopics, openSource, produce } from './topics.ts'

describeClients('compressed topics', 'any', client => {
  let brokers = ''
  const open: Source[] = []

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map(source => source.stop()))
  })

  afterAll(() => deleteTopics(brokers))

  // A broker with this setting compresses anew what it takes, with the code that Java's producers use: the framing is
  // theirs. 500 records of 1,000 bytes are several blocks of each codec.
  test.each(['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'])('with %s are read as they were written', async codec => {
    const [topic] = await createTopics(brokers, { configEntries: [{ name: 'compression.type', value: codec }] })
    await produce(brokers, topic!, { count: 1_200, bytes: 1_000 })
    const listener = new RecordingListener({ [`${topic}:0`]: 10 })
    const source = openSource(brokers, [topic!], { client })
    open.push(source)
    await source.start(listener)
    await listener.until(() => listener.isAtEnd(`${topic}:0`))
    const expected = Array.from({ length: 1_190 }, (_, index) => index + 10)
    expect(listener.offsetsOf(`${topic}:0`)).toEqual(expected)
    expect(listener.texts()).toEqual(expected.map(number => String(number).padEnd(1_000)))
    expect(listener.records.map(({ key }) => Buffer.from(key!).toString())).toEqual(
      expected.map(number => `k${number}`),
    )
    // kafkajs's own decoder would have given Buffers, as librdkafka does.
    if (client !== 'kafkajs') return
    for (const { key, value } of listener.records)
      expect([key!.constructor, value!.constructor]).toEqual([Uint8Array, Uint8Array])
  })
})
