import type { Broker, Cluster, Kafka } from 'kafkajs'
import { newCluster } from './kafkajs-internals.ts'

/*
 * A topic has an id that no other has ever had: one that was deleted and created again has another. Brokers tell it in
 * Metadata from version 10 on, and kafkajs 2.2.4 asks for version 6 at most. So this one request is put into bytes here,
 * and sent over the client's own connection, with its TLS and its sign-in.
 *
 * From version 9 on the protocol is "flexible": texts and lists have a length plus 1 as an unsigned varint (0: null), and
 * every structure ends with tagged fields, of which there are none to send and any number to pass over. kafkajs writes
 * the header of a request without its tagged fields, and takes none off that of an answer: here they are one more byte
 * at the beginning of the body.
 *
 * Source: the message definitions MetadataRequest.json and MetadataResponse.json of Apache Kafka.
 */
const METADATA = 3
const VERSION = 10
const UUID_BYTES = 16
const NO_TAGS = 0

/** What kafkajs keeps to itself of a broker. */
type Connected = Broker & {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>>
  readonly connectionPool: {
    send(exchange: {
      request: {
        apiKey: number
        apiVersion: number
        apiName: string
        encode(): Promise<{ buf: Buffer; buffer: Buffer }>
      }
      response: { decode(payload: Buffer): Promise<object>; parse(decoded: object): Promise<object> }
    }): Promise<unknown>
  }
}

/**
 * The ids of topics, as `kafka-topics.sh --describe` prints them. A topic that the broker does not know has none, nor has
 * any where the broker is older than Kafka 2.8.
 *
 * @param cluster connected.
 * @throws what kafkajs throws where no broker answers.
 */
export async function readTopicIds(cluster: Cluster, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const broker = (await cluster.findControllerBroker()) as Connected
  if ((broker.versions[METADATA]?.maxVersion ?? 0) < VERSION) return new Map()
  const body = requestOf(topics)
  const answer = await broker.connectionPool.send({
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () => ({ buf: body, buffer: body }),
    },
    response: { decode: async payload => idsIn(payload), parse: async ids => ids },
  })
  return answer as ReadonlyMap<string, string>
}

export type TopicIds = { read(): Promise<ReadonlyMap<string, string>>; close(): Promise<void> }

/** The same over a connection of its own, made with the first question. */
export function clusterTopicIds(kafka: Kafka, topics: readonly string[]): TopicIds {
  const cluster = newCluster(kafka)
  return {
    async read() {
      if (!cluster.isConnected()) await cluster.connect()
      // Who the controller is may have changed.
      await cluster.refreshMetadataIfNecessary()
      return readTopicIds(cluster, topics)
    },
    close: () => cluster.disconnect(),
  }
}

/** The body of a request, behind the tagged fields of its header. */
export function requestOf(topics: readonly string[]): Buffer {
  const named = topics.flatMap(topic => {
    const name = Buffer.from(topic, 'utf8')
    return [Buffer.alloc(UUID_BYTES), varint(name.length + 1), name, Buffer.of(NO_TAGS)]
  })
  // Nothing is created, and nobody asks what the user may do.
  const flags = Buffer.of(0, 0, 0)
  return Buffer.concat([Buffer.of(NO_TAGS), varint(topics.length + 1), ...named, flags, Buffer.of(NO_TAGS)])
}

/** The ids in the body of an answer, behind the tagged fields of its header. */
export function idsIn(payload: Buffer): ReadonlyMap<string, string> {
  const answer = new FlexibleReader(payload)
  answer.passTags()
  answer.pass(4) // How long the broker wants to be left alone.
  for (let left = answer.length(); left > 0; left--) {
    answer.pass(4) // Its number.
    answer.text()
    answer.pass(4) // Its port.
    answer.text()
    answer.passTags()
  }
  answer.text() // The cluster.
  answer.pass(4) // The controller.
  const ids = new Map<string, string>()
  for (let left = answer.length(); left > 0; left--) {
    const error = answer.int16()
    const name = answer.text()
    const id = answer.bytes(UUID_BYTES)
    answer.pass(1) // Whether it is Kafka's own.
    for (let partitions = answer.length(); partitions > 0; partitions--) {
      answer.pass(2 + 4 + 4 + 4) // Error, number, leader, leader's epoch.
      for (let lists = 3; lists > 0; lists--) answer.pass(4 * answer.length()) // Replicas: all, in sync, offline.
      answer.passTags()
    }
    answer.pass(4) // What the user may do.
    answer.passTags()
    if (error === 0 && id.some(byte => byte !== 0)) ids.set(name, id.toString('base64url'))
  }
  return ids
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.of(...bytes, rest)
}

/** Reads on from where it is. @throws RangeError past the end. */
class FlexibleReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  pass(bytes: number): void {
    this.#at += bytes
  }

  passTags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint()
      this.pass(this.#varint())
    }
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  bytes(count: number): Buffer {
    this.#at += count
    if (this.#at > this.#bytes.length) throw new RangeError('the answer of the broker ends too early')
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  /** Of a list; of one that is null, too. */
  length(): number {
    return Math.max(0, this.#varint() - 1)
  }

  /** Empty where it is null. */
  text(): string {
    return this.bytes(this.length()).toString('utf8')
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++)
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
}
