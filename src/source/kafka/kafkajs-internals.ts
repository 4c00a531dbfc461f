/**
 * The parts of kafkajs 2.2.4 behind its back door, with the types that it has not: all that we touch of them.
 *
 * Its version is pinned; `kafkajs-fetch.test.ts` fails where another one looks different.
 */
import { createRequire } from 'node:module'
import type { Cluster, ISocketFactory, Kafka } from 'kafkajs'

const require = createRequire(import.meta.url)

/** A request under way, and how its response is read. */
export type KafkajsCall = {
  readonly request: { readonly apiName: string; readonly apiVersion: number }
  readonly response: { readonly decode: (payload: Buffer) => Promise<unknown> }
}

export type KafkajsConnection = {
  readonly socketFactory: ISocketFactory
  send(call: KafkajsCall): Promise<unknown>
}

/** A partition of a fetch response, as far as kafkajs reads it. */
export type KafkajsFetchedPartition = {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly lastStartOffset: string
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[]
  readonly preferredReadReplica: number
  readonly messages: readonly unknown[]
}

/** Reads from the buffer, moving `offset` on. */
export type KafkajsDecoder = {
  readonly buffer: Buffer
  offset: number
}

export const Connection: { readonly prototype: KafkajsConnection } = require('kafkajs/src/network/connection')

export const Decoder: new (buffer: Buffer) => KafkajsDecoder = require('kafkajs/src/protocol/decoder')

/** A partition's records behind their length, of whatever format. */
export const decodeMessages: (decoder: KafkajsDecoder) => Promise<readonly unknown[]> =
  require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')

export const defaultSocketFactory: () => ISocketFactory = require('kafkajs/src/network/socketFactory')

/** Writes into a buffer that grows. */
export type KafkajsEncoder = {
  writeInt16(value: number): KafkajsEncoder
  writeInt32(value: number): KafkajsEncoder
  writeString(value: string | null): KafkajsEncoder
  writeBuffer(value: Buffer): KafkajsEncoder
}

export const Encoder: new (initialBytes?: number) => KafkajsEncoder = require('kafkajs/src/protocol/encoder')

/** What kafkajs sends records with. */
export type KafkajsProduce = {
  readonly acks: number
  readonly timeout: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly unknown[] }[]
  }[]
}

type ProduceProtocol = (
  options: KafkajsProduce,
) => { readonly request: { readonly encode: () => Promise<KafkajsEncoder> } } & Readonly<Record<string, unknown>>

/** Looked at for every request, so that another definition can take the place of one. */
export const requests: {
  Produce: {
    readonly versions: readonly string[]
    readonly protocol: (given: { readonly version: number }) => ProduceProtocol
  }
} = require('kafkajs/src/protocol/requests').requests

/** The checksum of record batches, CRC-32C. */
export const crc32C: (bytes: Buffer) => number = require('kafkajs/src/protocol/recordBatch/crc32C')

/** What every admin, consumer and producer has one of, and shows to nobody. */
export type KafkajsCluster = Cluster & {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
}

export function newCluster(kafka: Kafka): KafkajsCluster {
  const name = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (name === undefined) throw new Error('kafkajs makes its clusters in another way than 2.2.4 does')
  const create = (kafka as unknown as Record<symbol, (options: { metadataMaxAge: number }) => KafkajsCluster>)[name]!
  return create({ metadataMaxAge: 300_000 })
}
