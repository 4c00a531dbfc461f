import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { Kafka, logLevel, type Message, Partitioners } from 'kafkajs'

const MESSAGES_AT_ONCE = 5_000

/** Writes messages, each to the partition that its key falls into unless it names one. */
export async function produceMessages(
  brokers: string,
  topic: string,
  messages: Iterable<Message> | AsyncIterable<Message>,
): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'tests', logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true })
  await producer.connect()
  try {
    let some: Message[] = []
    const send = async () => {
      if (some.length > 0) await producer.send({ topic, messages: some })
      some = []
    }
    for await (const message of messages) {
      some.push(message)
      if (some.length === MESSAGES_AT_ONCE) await send()
    }
    await send()
  } finally {
    await producer.disconnect()
  }
}

/** The lines of a gzipped file of events in their order, keyed by their order. */
export async function* keyedByOrder(file: string): AsyncGenerator<Message> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) })
  for await (const value of lines) {
    const key = /"order_id":"([^"]+)"/.exec(value)?.[1]
    if (key === undefined) throw new Error(`an event without an order: ${value}`)
    yield { key, value }
  }
}
