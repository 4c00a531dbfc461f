/**
 * Fetching through kafkajs without its decoder of records, which makes two dozen objects for each and takes half of all
 * the time that a message takes.
 *
 * kafkajs asks for records, and its connection, security, group and offsets stay its own. Of connections that were
 * opened by a socket factory of ours the responses to fetches are read here: of each partition kafkajs gets one
 * stand-in for all the records, with the last of their offsets, and `fetchedBatches` takes the records back out of it.
 * Aborted transactions and markers are left out on the way, so kafkajs is told of none.
 *
 * kafkajs's own decoder goes on to read what is not of the usual kind: responses of brokers before 2.3, and records
 * written in the formats before 0.11.
 */
import type { Batch, ISocketFactory } from 'kafkajs'
import { placeOf } from '../log.ts'
import { KafkaProblem } from './failure.ts'
import { decompress } from './kafkajs-codecs.ts'
import {
  Connection,
  Decoder,
  decodeMessages,
  defaultSocketFactory,
  type KafkajsFetchedPartition,
} from './kafkajs-internals.ts'
import { type AbortedTransaction, type FetchedBatch, readInt64, readRecordBatches } from './record-batches.ts'

/** The newest version of the Fetch API that kafkajs speaks; brokers have it since 2.3. */
const FETCH_VERSION = 11

/** The length of the records and what it takes to tell the format of the first; kafkajs fails at less. */
const LEAST_BYTES = 4 + 17

/** What kafkajs sees in place of a partition's records. */
class StandIn {
  /** The last offset that the records stand for. */
  readonly offset: string
  /** kafkajs leaves a batch without any others out, and goes on behind it. */
  readonly isControlRecord: boolean
  readonly batches: readonly FetchedBatch[]

  constructor(batches: readonly FetchedBatch[], lastOffset: number) {
    this.offset = String(lastOffset)
    this.isControlRecord = batches.length === 0
    this.batches = batches
  }
}

/** The records of a batch that kafkajs hands over; undefined where its own decoder has read them. */
export function fetchedBatches(batch: Batch): readonly FetchedBatch[] | undefined {
  const first: unknown = batch.messages[0]
  return first instanceof StandIn ? first.batches : undefined
}

const ours = new WeakSet<ISocketFactory>()

/** For `new Kafka`: all that its consumers fetch must then be read by way of `fetchedBatches`. */
export function fetchingSocketFactory(): ISocketFactory {
  const factory = defaultSocketFactory()
  ours.add(factory)
  return factory
}

const { send } = Connection.prototype

Connection.prototype.send = function (call) {
  const { request, response } = call
  const isOurs = ours.has(this.socketFactory) && request.apiName === 'Fetch' && request.apiVersion === FETCH_VERSION
  return send.call(this, isOurs ? { ...call, response: { ...response, decode: decodeFetchResponse } } : call)
}

type FetchResponse = {
  readonly throttleTime: number
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly sessionId: number
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly KafkajsFetchedPartition[] }[]
}

/**
 * A response to a fetch of version 11, with stand-ins for records.
 *
 * @throws KafkaProblem where records cannot be read.
 */
export async function decodeFetchResponse(payload: Buffer): Promise<FetchResponse> {
  const cursor = new Cursor(payload)
  const clientSideThrottleTime = cursor.int32()
  const errorCode = cursor.int16()
  const sessionId = cursor.int32()
  const responses = []
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topicName = cursor.text()
    const partitions = []
    for (let left = cursor.int32(); left > 0; left--) partitions.push(await decodePartition(cursor, topicName))
    responses.push({ topicName, partitions })
  }
  // The broker has not throttled anything itself; it expects the client to wait.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses }
}

async function decodePartition(cursor: Cursor, topic: string): Promise<KafkajsFetchedPartition> {
  const partition = cursor.int32()
  const errorCode = cursor.int16()
  const highWatermark = String(cursor.int64())
  const lastStableOffset = String(cursor.int64())
  const lastStartOffset = String(cursor.int64())
  const aborted: AbortedTransaction[] = []
  for (let left = cursor.int32(); left > 0; left--) {
    aborted.push({ producerId: cursor.bigInt64(), firstOffset: cursor.int64() })
  }
  const preferredReadReplica = cursor.int32()
  const sized = cursor.sizedBytes()
  const place = placeOf({ topic, partition })
  const common = { partition, errorCode, highWatermark, lastStableOffset, lastStartOffset, preferredReadReplica }
  const fetched = await readRecordBatches(sized.subarray(4), aborted, decompress).catch(cause => {
    throw cause instanceof KafkaProblem ? cause.at(place) : cause
  })
  if (fetched !== undefined) {
    const messages = [new StandIn(fetched.batches, fetched.lastOffset)]
    return { ...common, abortedTransactions: [], messages }
  }
  const abortedTransactions = aborted.map(({ producerId, firstOffset }) => ({
    producerId: String(producerId),
    firstOffset: String(firstOffset),
  }))
  const messages = sized.length < LEAST_BYTES ? [] : await decodeMessages(new Decoder(sized))
  return { ...common, abortedTransactions, messages }
}

/** Reads a response from its beginning to its end. */
class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#pass(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#pass(4))
  }

  int64(): number {
    return readInt64(this.#bytes, this.#pass(8))
  }

  bigInt64(): bigint {
    return this.#bytes.readBigInt64BE(this.#pass(8))
  }

  text(): string {
    const length = this.int16()
    const from = this.#pass(length)
    return this.#bytes.toString('utf8', from, from + length)
  }

  /** With the four bytes of their length in front; of length -1 where there are none. */
  sizedBytes(): Buffer {
    const from = this.#at
    const length = Math.max(0, this.int32())
    this.#pass(length)
    return this.#bytes.subarray(from, from + 4 + length)
  }

  #pass(bytes: number): number {
    const from = this.#at
    this.#at += bytes
    return from
  }
}
