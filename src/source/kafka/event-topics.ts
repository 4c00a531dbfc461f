/**
 * Records that were handed to us directly, written to topics: acknowledged when all in-sync replicas have them.
 *
 * Several batches may be on their way at once. The producer is idempotent, so that what it sends again by itself is there
 * once; after a failure nobody knows what was written, and the next batch comes from another producer. So a batch that its
 * sender repeats may be there twice: who reads it has to know events by their identity.
 */

// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Message, type Producer, type RecordMetadata } from 'kafkajs'
import { clientOf } from './client.ts'
import type { KafkaConnection } from './connection.ts'
import { describeFailure, isTooLarge, KafkaProblem, typeOfFailure } from './failure.ts'
import { bufferOf } from './headers.ts'

export type EventToWrite = {
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  /** Media type of the value. */
  readonly contentType: string | undefined
}

/** The partition of all records, where they lie in one, and where the first of them lies. */
export type WrittenAt = { readonly partition: number; readonly firstOffset: number } | undefined

/** A request holds no more, unless one record alone is more: by default brokers take 1 MiB. */
const REQUEST_BYTES = 512 * 1_024
const WRITTEN_WITHIN_MS = 20_000
const CLOSES_WITHIN_MS = 2_000

export class EventTopics {
  readonly #connection: KafkaConnection
  #producer: Promise<Producer> | undefined

  /** Connects with the first record. */
  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  /**
   * @param events records of one topic; those of a key stay in order.
   * @throws KafkaProblem where not all of them are known to be written; some may be.
   */
  async write(topic: string, events: readonly EventToWrite[]): Promise<WrittenAt> {
    this.#producer ??= this.#connect()
    const mine = this.#producer
    try {
      return await within(WRITTEN_WITHIN_MS, this.#send(mine, topic, events))
    } catch (error) {
      if (this.#producer === mine) this.#producer = undefined
      void disconnect(mine)
      throw this.#problemOf(error, topic)
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await disconnect(producer)
  }

  async #send(connected: Promise<Producer>, topic: string, events: readonly EventToWrite[]): Promise<WrittenAt> {
    const producer = await connected
    const written: RecordMetadata[] = []
    for (const messages of requestsOf(events)) written.push(...(await producer.send({ topic, messages, acks: -1 })))
    const [first] = written
    if (first === undefined || written.some(({ partition }) => partition !== first.partition)) return undefined
    return { partition: first.partition, firstOffset: Number(first.baseOffset) }
  }

  async #connect(): Promise<Producer> {
    const { brokers } = this.#connection
    const client = clientOf(this.#connection, { retries: brokers.length, initialRetryTime: 50 })
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }

  #problemOf(error: unknown, topic: string): KafkaProblem {
    if (isTooLarge(error)) {
      const reason = `a record is larger than topic "${topic}" takes`
      return new KafkaProblem({ reason, remedy: `raise max.message.bytes of "${topic}"`, retrying: false })
    }
    const failure = describeFailure(error, this.#connection.brokers)
    const isDenied = typeOfFailure(error)?.endsWith('_AUTHORIZATION_FAILED') === true
    const remedy = isDenied ? `allow this user to write to topic "${topic}", and idempotently` : failure.remedy
    return new KafkaProblem({ ...failure, remedy })
  }
}

function* requestsOf(events: readonly EventToWrite[]): Generator<Message[]> {
  let messages: Message[] = []
  let bytes = 0
  for (const { key, value, contentType } of events) {
    const more = value.byteLength + (key?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES
    if (messages.length > 0 && bytes + more > REQUEST_BYTES) {
      yield messages
      messages = []
      bytes = 0
    }
    bytes += more
    const headers = contentType === undefined ? {} : { headers: { 'content-type': contentType } }
    messages.push({ key: bufferOf(key), value: bufferOf(value), ...headers })
  }
  if (messages.length > 0) yield messages
}

/** What a record takes in a request beside its key and value, about. */
const RECORD_OVERHEAD_BYTES = 80

async function within<T>(ms: number, done: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms)
  })
  // Whatever comes of it later, whoever waited has been told.
  done.catch(() => {})
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A broker that does not answer is left all the same. */
async function disconnect(producer: Promise<Producer> | undefined): Promise<void> {
  if (producer === undefined) return
  const left = producer.then(connected => connected.disconnect())
  await within(CLOSES_WITHIN_MS, left).catch(() => {})
}
