import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadRdkafka } from '../../src/source/kafka/rdkafka-module.ts'
import type { Source } from '../../src/source/source.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteTopics, openSource, produce } from './topics.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** A consumer as node-rdkafka has it; the source does not use `seek`. */
type Seeking = {
  seek(to: { topic: string; partition: number; offset: number }, timeoutMs: number, done: () => void): void
}

describeClients(
  'what is special',
  'any',
  client => {
    let brokers = ''
    const open: Source[] = []
    const started = async (source: Source): Promise<RecordingListener> => {
      open.push(source)
      const listener = new RecordingListener()
      await source.start(listener)
      return listener
    }

    beforeAll(async () => {
      brokers = await sharedBroker()
    }, 200_000)

    afterAll(async () => {
      vi.restoreAllMocks()
      await Promise.all(open.map(source => source.stop()))
      await deleteTopics(brokers)
    })

    test('a partition that librdkafka has given up, though its log goes on, is read on from where it stood', async () => {
      const { KafkaConsumer } = await loadRdkafka()
      const consume = vi.spyOn(KafkaConsumer.prototype, 'consume')
      const [topic = ''] = await createTopics(brokers, { numPartitions: 2 })
      await produce(brokers, topic, { count: 200, partitions: 2 })
      const listener = await started(openSource(brokers, [topic], { client }))
      await listener.until(() => listener.isAtEnd(`${topic}:0`) && listener.isAtEnd(`${topic}:1`))

      // What an offset outside the log for a moment does to it, as between two leaders.
      const consumer = consume.mock.contexts[0] as unknown as Seeking
      await new Promise<void>(resolve => consumer.seek({ topic, partition: 0, offset: 1_000 }, 5_000, resolve))
      await listener.until(() => listener.failures().length > 0)
      expect(listener.failures()).toEqual([
        {
          kind: 'failed',
          reason: `the fetching of ${topic}:0 has stopped`,
          remedy: 'it begins anew by itself; if that lasts, see the log of the broker',
          retrying: true,
        },
      ])
      await produce(brokers, topic, { from: 200, count: 200, partitions: 2 })
      await listener.until(() => listener.records.length >= 400)
      for (const key of [`${topic}:0`, `${topic}:1`] as const) expect(listener.offsetsOf(key)).toEqual(range(0, 200))
      await listener.until(() => listener.states.at(-1)!.kind === 'connected')
    })

    test.each([
      ['kafkajs', client],
      [client, 'kafkajs'],
    ] as const)('a group that is read by %s does not admit %s, which says so', async (first, second) => {
      const topics = await createTopics(brokers, {})
      const group = { groupId: `test-${randomUUID()}`, sharedGroup: true }
      const member = await started(openSource(brokers, topics, { client: first, ...group }))
      await member.until(() => member.owned.size === 1)
      const other = await started(openSource(brokers, topics, { client: second, ...group }))
      await other.until(() => other.failures().length > 0)
      expect(other.failures()[0]).toMatchObject({
        reason: expect.stringContaining(`Kafka at ${brokers} does not admit this member to the consumer group: `),
        remedy: 'the other members read with another client: give all of them the same `kafka.client` and topics',
        retrying: true,
      })
      expect(other.changes).toEqual([])
    })
  },
  ['node-rdkafka'],
)
