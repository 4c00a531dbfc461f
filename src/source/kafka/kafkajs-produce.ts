/**
 * Producing through kafkajs batches that are encoded already: its own encoder takes several µs for a record.
 *
 * Which broker leads a partition, connections, security and trying again stay kafkajs's. A message that is an
 * `EncodedBatch` is the only one of its partition in a request, and its bytes are sent as they are.
 */
import type { Message } from 'kafkajs'
import { Encoder, type KafkajsEncoder, type KafkajsProduce, requests } from './kafkajs-internals.ts'

/** A record batch in place of a message, for `producer.send`. */
export class EncodedBatch implements Message {
  readonly partition: number
  readonly bytes: Buffer
  /** kafkajs wants one of every message. */
  readonly value = null

  constructor(partition: number, bytes: Buffer) {
    this.partition = partition
    this.bytes = bytes
  }
}

/** The oldest version whose request has batches of this format, and the newest that kafkajs speaks. */
const [OLDEST, NEWEST] = [3, 7]

const { versions, protocol } = requests.Produce

requests.Produce = {
  versions,
  protocol: ({ version }) => {
    const kafkajsRequest = protocol({ version })
    return options => {
      const built = kafkajsRequest(options)
      if (!isEncoded(options)) return built
      if (version < OLDEST || version > NEWEST)
        throw new Error(`batches cannot be sent by Produce of version ${version}`)
      return { ...built, request: { ...built.request, encode: async () => encode(options) } }
    }
  },
}

const isEncoded = ({ topicData }: KafkajsProduce): boolean =>
  topicData.some(({ partitions }) => partitions.some(({ messages }) => messages[0] instanceof EncodedBatch))

function encode({ acks, timeout, topicData }: KafkajsProduce): KafkajsEncoder {
  const bytes = topicData.flatMap(({ partitions }) => partitions.map(({ messages }) => batchOf(messages).bytes.length))
  const encoder = new Encoder(1_024 + bytes.reduce((sum, length) => sum + length + 64, 0))
  encoder.writeString(null).writeInt16(acks).writeInt32(timeout).writeInt32(topicData.length)
  for (const { topic, partitions } of topicData) {
    encoder.writeString(topic).writeInt32(partitions.length)
    for (const { partition, messages } of partitions) {
      const batch = batchOf(messages)
      encoder.writeInt32(partition).writeInt32(batch.bytes.length).writeBuffer(batch.bytes)
    }
  }
  return encoder
}

function batchOf(messages: readonly unknown[]): EncodedBatch {
  const [batch, ...others] = messages
  if (batch instanceof EncodedBatch && others.length === 0) return batch
  throw new Error('a request takes one encoded batch of a partition, and nothing beside it')
}
