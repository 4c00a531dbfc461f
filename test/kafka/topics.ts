import { randomUUID } from 'node:crypto'
import { type Admin, type ITopicConfig, Kafka, logLevel, Partitioners } from 'kafkajs'
import { type KafkaSourceSettings, openKafkaSource } from '../../src/source/kafka/kafka-source.ts'
import type { Source } from '../../src/source/source.ts'
import { until } from '../support/until.ts'

/** Patient: a broker that has just started, on a laden machine, may not know yet who leads what. */
const client = (brokers: string) =>
  new Kafka({
    brokers: brokers.split(','),
    clientId: 'tests',
    logLevel: logLevel.NOTHING,
    retry: { retries: 30, initialRetryTime: 50, maxRetryTime: 2_000 },
  })

const ANSWERS_WITHIN_MS = 60_000

/** Topics made here, by broker. The broker may be a user's own (`KAFKA_BROKERS`): no other topic is changed or deleted. */
const made = new Map<string, Set<string>>()

/** A name that no other test and no earlier run has. @param stem what it begins with. */
export const newTopicName = (stem = 'test'): string => `${stem}-${randomUUID()}`

/**
 * Makes topics, each with a new name unless the caller has one from `newTopicName`. `deleteTopics` takes them away.
 *
 * @returns their names.
 * @throws Error where one of them is there already: it is not ours.
 */
export async function createTopics(brokers: string, ...topics: Partial<ITopicConfig>[]): Promise<string[]> {
  const named = topics.map(topic => ({ numPartitions: 1, replicationFactor: 1, topic: newTopicName(), ...topic }))
  const names = named.map(({ topic }) => topic)
  await withAdmin(brokers, async admin => {
    const existing = new Set(await admin.listTopics())
    const foreign = names.filter(name => existing.has(name))
    if (foreign.length > 0) throw new Error(`${foreign.join(', ')} at ${brokers} was not made by this test`)
    await admin.createTopics({ topics: named, timeout: ANSWERS_WITHIN_MS, waitForLeaders: false })
    for (const name of names) deleteLater(brokers, name)
    // A broker hears of a new topic only a moment later, and `waitForLeaders` then fails instead of waiting.
    await until(`${names.join(', ')} with leaders at ${brokers}`, ANSWERS_WITHIN_MS, () =>
      admin.fetchTopicMetadata({ topics: names }),
    )
  })
  return names
}

/** Has a topic deleted with the others that a program under test will make; its name is from `newTopicName`. */
export function deleteLater(brokers: string, topic: string): void {
  made.set(brokers, new Set([...(made.get(brokers) ?? []), topic]))
}

/** Deletes what `createTopics` has made at a broker. */
export async function deleteTopics(brokers: string): Promise<void> {
  const names = made.get(brokers)
  made.delete(brokers)
  if (names === undefined) return
  await withAdmin(brokers, async admin => {
    await admin.deleteTopics({ topics: [...names], timeout: ANSWERS_WITHIN_MS })
  })
}

/** Forgets the records before an offset of partition 0, as retention does. */
export async function forgetBefore(brokers: string, topic: string, offset: number): Promise<void> {
  await changeOurs(brokers, topic, async admin => {
    // Only a topic whose metadata the client has loaded can be changed.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  })
}

/** Forgets every record of all partitions, as retention does. */
export async function forgetAll(brokers: string, topic: string): Promise<void> {
  await changeOurs(brokers, topic, async admin => {
    const ends = await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    })
  })
}

/** Deletes a topic and makes another of the same name. */
export async function createAnew(brokers: string, topic: string, { numPartitions = 1 } = {}): Promise<void> {
  await changeOurs(brokers, topic, async admin => {
    await admin.deleteTopics({ topics: [topic], timeout: ANSWERS_WITHIN_MS })
    await until(`${topic} created anew at ${brokers}`, ANSWERS_WITHIN_MS, async () => {
      await admin.createTopics({
        topics: [{ topic, numPartitions }],
        timeout: ANSWERS_WITHIN_MS,
        waitForLeaders: false,
      })
      return true
    })
    await until(`${topic} with leaders at ${brokers}`, ANSWERS_WITHIN_MS, () =>
      admin.fetchTopicMetadata({ topics: [topic] }),
    )
  })
}

/** Gives a topic more partitions. */
export async function addPartitions(brokers: string, topic: string, count: number): Promise<void> {
  await changeOurs(brokers, topic, async admin => {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] })
  })
}

async function changeOurs(brokers: string, topic: string, change: (admin: Admin) => Promise<void>): Promise<void> {
  if (!made.get(brokers)?.has(topic)) throw new Error(`${topic} at ${brokers} was not made by this test`)
  await withAdmin(brokers, change)
}

async function withAdmin(brokers: string, use: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = client(brokers).admin()
  await admin.connect()
  try {
    await use(admin)
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
    keys = Number.POSITIVE_INFINITY,
  }: { from?: number; count: number; partitions?: number; bytes?: number; keys?: number },
): Promise<void> {
  const producer = client(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true })
  await producer.connect()
  try {
    for (let start = from; start < from + count; start += 500) {
      const numbers = Array.from({ length: Math.min(500, from + count - start) }, (_, i) => start + i)
      const messages = numbers.map(number => ({
        key: `k${number % keys}`,
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
  const producer = transactional(brokers)
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

/** Writes records in a transaction that stays open until it is ended. */
export async function beginTransaction(
  brokers: string,
  topic: string,
  values: readonly string[],
): Promise<{ end(how: 'commit' | 'abort'): Promise<void> }> {
  const producer = transactional(brokers)
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: values.map(value => ({ value })) })
  return {
    async end(how) {
      await transaction[how]()
      await producer.disconnect()
    },
  }
}

const transactional = (brokers: string) =>
  client(brokers).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `test-${randomUUID()}`,
    idempotent: true,
    maxInFlightRequests: 1,
  })

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
