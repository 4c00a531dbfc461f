/**
 * node-rdkafka, which is installed only where it is wanted: what we use of it, and how it is found.
 *
 * Its own types would have to be there for everybody who compiles this; these few are enough.
 */
import { isMainThread } from 'node:worker_threads'
import type { TopicPartition } from '../../event/record.ts'
import { KafkaProblem } from './failure.ts'

export type RdkafkaMessage = TopicPartition & {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** ms since the epoch; -1 where the record has none. */
  readonly timestamp: number
  readonly headers?: readonly Readonly<Record<string, Buffer>>[]
}

/** `code` is librdkafka's: its own ones are negative, the others the protocol's. */
export type RdkafkaError = Error & { readonly code: number }

export type RdkafkaSettings = Readonly<Record<string, string | number | boolean>>

/** Answered by an (un)assignment, at any time. `error.code` says which of the two is due. */
export type RebalanceCallback = (error: RdkafkaError, partitions: readonly TopicPartition[]) => void

export type Positioned = TopicPartition & { readonly offset: number }

export interface RdkafkaConsumer {
  connect(metadata: { topic: string; timeout: number }, done: (error: RdkafkaError | undefined) => void): void
  disconnect(done: () => void): void
  subscribe(topics: readonly string[]): void
  assign(partitions: readonly Positioned[]): void
  unassign(): void
  incrementalAssign(partitions: readonly Positioned[]): void
  incrementalUnassign(partitions: readonly TopicPartition[]): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** As the last answer to a fetch said; negative before the first. */
  getWatermarkOffsets(topic: string, partition: number): { readonly highOffset: number }
  /** How long one `consume` waits for a record, in ms. */
  setDefaultConsumeTimeout(ms: number): void
  consume(most: number, done: (error: RdkafkaError | null, messages: readonly RdkafkaMessage[]) => void): void
  on(event: 'partition.eof', listener: (end: Positioned) => void): void
  on(event: 'event.error', listener: (error: RdkafkaError) => void): void
  on(event: 'event.log', listener: (line: { severity: number; fac: string; message: string }) => void): void
  on(event: 'event.stats', listener: (stats: { message: string }) => void): void
}

export type Rdkafka = {
  KafkaConsumer: new (
    settings: RdkafkaSettings | Readonly<Record<string, RdkafkaSettings[string] | RebalanceCallback>>,
    topicSettings: RdkafkaSettings,
  ) => RdkafkaConsumer
  readonly librdkafkaVersion: string
}

/** What is thrown where it cannot be used; both ways to get it compile it. */
const remedy =
  'install it with its compiler and headers as docs/operations.md says ("The other Kafka client"), or set `kafka.client: kafkajs`'

/**
 * @param from where it is imported from; tests name what is not there.
 * @throws KafkaProblem where it is not installed, was not compiled, or cannot be used in this thread.
 */
export async function loadRdkafka(from = 'node-rdkafka', mainThread = isMainThread): Promise<Rdkafka> {
  if (!mainThread) {
    throw new KafkaProblem({
      reason: 'node-rdkafka works only in the main thread of a process, and this is another',
      remedy: 'set `kafka.client: kafkajs`, or share the work between processes instead of threads',
      retrying: false,
    })
  }
  try {
    // Its name is no literal, so that nothing looks for its types.
    return ((await import(from)) as { default: Rdkafka }).default
  } catch (cause) {
    throw new KafkaProblem({ reason: whyNotLoaded(cause, from), remedy, retrying: false })
  }
}

function whyNotLoaded(cause: unknown, from: string): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${from}'`)) {
    return '`kafka.client` is node-rdkafka, which is not installed'
  }
  if (message.startsWith('Could not locate the bindings file')) {
    return 'node-rdkafka is installed, but was not compiled: npm runs the install script of a package only where that is allowed'
  }
  return `node-rdkafka cannot be loaded: ${message.split('\n', 1)[0]}`
}
