import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { until } from '../../support/until.ts'

/** A record as the topic has it. */
export type TopicRecord = {
  readonly partition: number
  readonly offset: number
  readonly value: Buffer | null
}

const READ_WITHIN_MS = 300_000

const clientOf = (brokers: string) =>
  new Kafka({
    brokers: brokers.split(','),
    clientId: 'oracle',
    logLevel: logLevel.NOTHING,
    retry: { retries: 30, initialRetryTime: 50, maxRetryTime: 1_000 },
  })

/** By partition, the offset behind the last record. */
export async function endsOf(brokers: string, topic: string): Promise<number[]> {
  const admin = clientOf(brokers).admin()
  await admin.connect()
  try {
    const ends: number[] = []
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends[partition] = Number(high)
    return ends
  } finally {
    await admin.disconnect()
  }
}

/** All that the topic holds now, each partition in its order. It has to hold all from offset 0 on. */
export async function readTopic(brokers: string, topic: string): Promise<TopicRecord[][]> {
  const ends = await endsOf(brokers, topic)
  const records: TopicRecord[][] = ends.map(() => [])
  const consumer = clientOf(brokers).consumer({ groupId: `oracle-${randomUUID()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        const own = records[partition]!
        for (const { offset, value } of messages) {
          // A consumer that had to join anew may begin again.
          if (Number(offset) === own.length) own.push({ partition, offset: own.length, value })
        }
      },
    })
    await until('the oracle has read the topic', READ_WITHIN_MS, () =>
      ends.every((end, partition) => records[partition]!.length >= end) ? true : undefined,
    )
  } finally {
    await consumer.disconnect()
  }
  return records
}
