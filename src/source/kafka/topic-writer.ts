/**
 * Writes records to a topic as fast as its brokers take them, keyed by case: for demonstrations and benches.
 *
 * Records wait in one batch for each partition until `flush`. Requests go one after the other, so records of a partition
 * stay in order; a request that is sent again after a lost answer may write its records twice, which events' identity
 * makes harmless.
 */
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { describeFailure, KafkaProblem } from './failure.ts'
import { EncodedBatch } from './kafkajs-produce.ts'
import { partitionOfKey } from './key-partition.ts'
import { RecordBatchWriter } from './record-batch-writer.ts'

/** A broker takes a batch of 1 MiB unless told otherwise. */
const MAX_BATCH_BYTES = 768 * 1024
const KNOWN_WITHIN_MS = 10_000
const ASK_EVERY_MS = 100

export type TopicWriterSettings = {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly topic: string
  /** Creates the topic where it does not exist, with so many partitions. */
  readonly create: { readonly partitions: number } | undefined
  /** Takes kafkajs's warnings and errors. */
  readonly log: (message: string) => void
}

export type TopicWriter = {
  readonly partitions: number
  /** @returns whether a batch is full: `flush` has to come before the next record. */
  append(key: Uint8Array, value: Uint8Array, timestamp: number): boolean
  /**
   * Sends what has been appended; resolves when the leaders of all partitions have it.
   *
   * @throws KafkaProblem where they do not take it.
   */
  flush(): Promise<void>
  close(): Promise<void>
}

/** @throws KafkaProblem where no broker answers, or the topic is not there and shall not be created. */
export async function openTopicWriter(settings: TopicWriterSettings): Promise<TopicWriter> {
  const { brokers, clientId, topic, log } = settings
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log: { message } }) =>
        log(message),
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 },
  })
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  try {
    const partitions = await prepareTopic(kafka, settings)
    await producer.connect()
    const batches = Array.from({ length: partitions }, () => new RecordBatchWriter())
    return {
      partitions,
      append(key, value, timestamp) {
        const batch = batches[partitionOfKey(key, partitions)] as RecordBatchWriter
        batch.append(key, value, timestamp)
        return batch.byteLength >= MAX_BATCH_BYTES
      },
      async flush() {
        const messages = batches.flatMap((batch, partition) =>
          batch.count === 0 ? [] : [new EncodedBatch(partition, batch.take())],
        )
        if (messages.length === 0) return
        await producer.send({ topic, messages, acks: 1 }).catch(cause => {
          throw problemOf(cause, brokers)
        })
      },
      close: () => producer.disconnect(),
    }
  } catch (cause) {
    await producer.disconnect()
    throw problemOf(cause, brokers)
  }
}

/** @returns its number of partitions. */
async function prepareTopic(kafka: Kafka, { topic, create, brokers }: TopicWriterSettings): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    if (!(await admin.listTopics()).includes(topic)) {
      if (create === undefined) {
        throw new KafkaProblem({
          reason: `topic "${topic}" not found at ${brokers.join(', ')}`,
          remedy: 'create it, or add --create',
          retrying: false,
        })
      }
      await admin.createTopics({ topics: [{ topic, numPartitions: create.partitions }], waitForLeaders: false })
    }
    return await partitionsOf(admin, topic)
  } finally {
    await admin.disconnect()
  }
}

/** A broker hears of a new topic a moment after it has been created. */
async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  for (const deadline = performance.now() + KNOWN_WITHIN_MS; ; ) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      if (partitions.length > 0) return partitions.length
      throw new Error(`topic "${topic}" has no partitions`)
    } catch (cause) {
      if (performance.now() > deadline) throw cause
      await new Promise(resolve => setTimeout(resolve, ASK_EVERY_MS))
    }
  }
}

function problemOf(cause: unknown, brokers: readonly string[]): KafkaProblem {
  return cause instanceof KafkaProblem
    ? cause
    : new KafkaProblem({ ...describeFailure(cause, brokers), retrying: false })
}
