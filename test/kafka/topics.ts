import { randomUUID } from 'node:crypto'
import { type ITopicConfig, Kafka, logLevel, Partitioners } from 'kafkajs'
import { type KafkaSourceSettings, openKafkaSource } from '../../src/source/kafka.ts'
import type { Source } from '../../src/source/source.ts'

const client = (brokers: string) =>
  new Kafka({ brokers: brokers.split(','), clientId: 'tests', logLevel: logLevel.NOTHING })

/** @returns the names of new topics of this test. */
export async function createTopics(brokers: string, ...topics: Partial<ITopicConfig>[]): Promise<string[]> {
  const named = topics.map(topic => ({
    numPartitions: 1,
    replicationFactor: 1,
    topic: `test-${randomUUID()}`,
    ...topic,
  }))
  const admin = client(brokers).admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: named, waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
  return named.map(({ topic }) => topic)
}

/** Forgets the records before an offset, as retention does. */
export async function forgetBefore(brokers: string, topic: string, offset: number): Promise<void> {
  const admin = client(brokers).admin()
  await admin.connect()
  try {
    // Only a topic whose metadata the client has loaded can be changed.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  } finally {
    await admin.disconnect()
  }
}

/** Gives a topic more partitions. */
export async function addPartitions(brokers: string, topic: string, count: number): Promise<void> {
  const admin = client(brokers).admin()
  await admin.connect()
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] })
  } finally {
    await admin.disconnect()
  }
}

/** Writes records `from … from + count − 1`, dealt out over the partitions, batches of 500. */
export async function produce(
  brokers: string,
  topic: string,
  {
    from = 0,
    count,
    partitions = 1,
    bytes = 20,
  }: { from?: number; count: number; partitions?: number; bytes?: number },
): Promise<void> {
  const producer = client(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true })
  await producer.connect()
  try {
    for (let start = from; start < from + count; start += 500) {
      const numbers = Array.from({ length: Math.min(500, from + count - start) }, (_, i) => start + i)
      const messages = numbers.map(number => ({
        key: `k${number}`,
        value: String(number).padEnd(bytes),
        partition: number % partitions,
      }))
      await producer.send({ topic, messages })
    }
  } finally {
    await producer.disconnect()
  }
}

/** Writes one record for each transaction, and commits or aborts it. */
export async function produceInTransactions(
  brokers: string,
  topic: string,
  ends: readonly ('commit' | 'abort')[],
): Promise<void> {
  const producer = client(brokers).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `test-${randomUUID()}`,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  try {
    for (const [number, end] of ends.entries()) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: `${end} ${number}` }] })
      await transaction[end]()
    }
  } finally {
    await producer.disconnect()
  }
}

/** A source on these topics with a group of its own, unless told otherwise. */
export function openSource(
  brokers: string,
  topics: readonly string[],
  more: Partial<KafkaSourceSettings> = {},
): Source {
  return openKafkaSource({
    brokers: brokers.split(','),
    topics,
    groupId: `test-${randomUUID()}`,
    sharedGroup: false,
    clientId: 'stagewatch-tests',
    fromBeginning: true,
    now: Date.now,
    log: () => {},
    ...more,
  })
}
