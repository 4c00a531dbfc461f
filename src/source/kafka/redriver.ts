/**
 * Sends dead letters back: key, value, headers and time unchanged, to the topic and partition they came from.
 *
 * Where they were read from a topic, that they were sent back is noted in it: by marks that are written in one
 * transaction with the records, so a crash neither loses one nor sends one twice, and two who do it at the same time do
 * not get in each other's way. Without that topic the caller notes it.
 */
// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Admin, type Message, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs'
import type { DeadLetter, TopicPartition } from '../../event/record.ts'
import { partitionKey } from '../source.ts'
import { clientOf } from './client.ts'
import type { KafkaConnection } from './connection.ts'
import { headersOfMark, type RedriveMark } from './dead-letter-record.ts'
import { describeFailure, isTooLarge, KafkaProblem, typeOfFailure } from './failure.ts'
import { bufferOf, kafkajsHeaders } from './headers.ts'

/** A transaction that was left open by a crash holds up whoever reads the topics, until the broker ends it. */
const TRANSACTION_WITHIN_MS = 10_000

/** What became of a letter. */
export type RedriveOutcome =
  | { readonly kind: 'sent'; readonly mark: RedriveMark }
  /** It is too large for the topic now. */
  | { readonly kind: 'refused'; readonly why: string }

export class Redriver {
  readonly #connection: KafkaConnection
  readonly #marksIn: string | undefined
  readonly #admin: Admin
  readonly #producer: Producer
  /** Of topics that were asked for; 0: there is none. */
  readonly #partitions = new Map<string, number>()
  #existing: ReadonlySet<string> = new Set()

  private constructor(connection: KafkaConnection, marksIn: string | undefined) {
    this.#connection = connection
    this.#marksIn = marksIn
    const client = clientOf(connection, { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 })
    this.#admin = client.admin()
    this.#producer = client.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      ...(marksIn !== undefined && {
        transactionalId: `stagewatch-redrive-${marksIn}`,
        transactionTimeout: TRANSACTION_WITHIN_MS,
      }),
    })
  }

  /**
   * Ends what a killed one has left open: before, the end of the topics cannot be read.
   *
   * @param marksIn the topic that the letters come from, where they come from one.
   * @throws KafkaProblem where the brokers cannot be reached or deny it.
   */
  static async open(connection: KafkaConnection, marksIn: string | undefined): Promise<Redriver> {
    const redriver = new Redriver(connection, marksIn)
    try {
      await redriver.#admin.connect()
      redriver.#existing = new Set(await redriver.#admin.listTopics())
      await redriver.#producer.connect()
      // The first one of a producer ends those that others have left open under its id.
      if (marksIn !== undefined) await (await redriver.#producer.transaction()).abort()
      return redriver
    } catch (error) {
      await redriver.close()
      throw redriver.#problem(error)
    }
  }

  /** Why a record cannot go back to where it came from; undefined: it can. */
  async whyNot({ topic, partition }: TopicPartition): Promise<string | undefined> {
    const partitions = this.#partitions.get(topic) ?? (await this.#askPartitions(topic))
    if (partitions === 0) return `topic "${topic}" does not exist any more`
    if (partition < partitions) return undefined
    return `topic "${topic}" has no partition ${partition} any more, only ${partitions}`
  }

  /**
   * Sends them in one request; in several where that is too large.
   *
   * @returns what became of each, in the order given.
   * @throws KafkaProblem that says why not; what was sent before has its marks.
   */
  async send(letters: readonly DeadLetter[]): Promise<RedriveOutcome[]> {
    try {
      return (await this.#sendAtOnce(letters)).map(mark => ({ kind: 'sent', mark }))
    } catch (error) {
      if (!isTooLarge(error)) throw this.#problem(error)
    }
    const [only] = letters
    if (only !== undefined && letters.length === 1) {
      const why = `topic "${only.topic}" does not take a record so large any more: raise its max.message.bytes again`
      return [{ kind: 'refused', why }]
    }
    const half = letters.length >> 1
    return [...(await this.send(letters.slice(0, half))), ...(await this.send(letters.slice(half)))]
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()])
  }

  async #sendAtOnce(letters: readonly DeadLetter[]): Promise<RedriveMark[]> {
    const { topicMessages, places } = messagesOf(letters)
    if (this.#marksIn === undefined) {
      return marksOf(letters, places, await this.#producer.sendBatch({ topicMessages, acks: -1 }))
    }
    const transaction = await this.#producer.transaction()
    try {
      const marks = marksOf(letters, places, await transaction.sendBatch({ topicMessages, acks: -1 }))
      const messages = marks.map(mark => ({ key: null, value: null, headers: kafkajsHeaders(headersOfMark(mark)) }))
      await transaction.send({ topic: this.#marksIn, messages, acks: -1 })
      await transaction.commit()
      return marks
    } catch (error) {
      if (transaction.isActive()) await transaction.abort()
      throw error
    }
  }

  async #askPartitions(topic: string): Promise<number> {
    let partitions = 0
    if (this.#existing.has(topic)) {
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] }).catch(error => {
        throw this.#problem(error)
      })
      partitions = topics[0]?.partitions.length ?? 0
    }
    this.#partitions.set(topic, partitions)
    return partitions
  }

  #problem(error: unknown): KafkaProblem {
    const failure = describeFailure(error, this.#connection.brokers)
    const type = typeOfFailure(error)
    if (type?.endsWith('_AUTHORIZATION_FAILED')) {
      const marks =
        this.#marksIn === undefined
          ? ''
          : `, to "${this.#marksIn}", and the transactional id stagewatch-redrive-${this.#marksIn}`
      const remedy = `allow this user to write to the topics that the records came from${marks}`
      return new KafkaProblem({ ...failure, remedy })
    }
    if (type === 'INVALID_PRODUCER_EPOCH' || type === 'PRODUCER_FENCED') {
      const reason = 'somebody else has begun to send dead letters of this topic back'
      return new KafkaProblem({ reason, remedy: 'let them end, and see what is left', retrying: false })
    }
    return new KafkaProblem(failure)
  }
}

/** By topic, and where each letter stands among those of its topic partition. */
function messagesOf(letters: readonly DeadLetter[]): {
  readonly topicMessages: TopicMessages[]
  readonly places: readonly number[]
} {
  const byTopic = new Map<string, Message[]>()
  const counts = new Map<string, number>()
  const places = letters.map(letter => {
    const messages = byTopic.get(letter.topic) ?? []
    byTopic.set(letter.topic, messages)
    messages.push(messageOf(letter))
    const key = partitionKey(letter)
    const place = counts.get(key) ?? 0
    counts.set(key, place + 1)
    return place
  })
  return { topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })), places }
}

const messageOf = ({ key, value, headers = [], timestamp, partition }: DeadLetter): Message => ({
  key: bufferOf(key),
  value: bufferOf(value),
  headers: kafkajsHeaders(headers),
  partition,
  ...(timestamp !== undefined && { timestamp: String(timestamp) }),
})

function marksOf(
  letters: readonly DeadLetter[],
  places: readonly number[],
  sent: readonly RecordMetadata[],
): RedriveMark[] {
  const bases = new Map(
    sent.map(({ topicName: topic, partition, baseOffset }) => [partitionKey({ topic, partition }), Number(baseOffset)]),
  )
  return letters.map(({ topic, partition, offset }, index) => {
    const base = bases.get(partitionKey({ topic, partition }))
    if (base === undefined) throw new Error(`no broker has told where the records of ${topic}:${partition} lie now`)
    return { topic, partition, offset, newOffset: base + (places[index] as number) }
  })
}
