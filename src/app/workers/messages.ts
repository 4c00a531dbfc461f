import type { FromFold, ToFold } from '../../engine/fold-messages.ts'
import type { ShardStart } from '../../engine/shard-start.ts'
import type { DeadLetter, TopicPartition } from '../../event/record.ts'
import type { SourceFile } from '../../model/yaml-file.ts'
import type { ShardOutput } from '../../shard/output.ts'
import type { VisitPolicy } from '../../shard/visit-policy.ts'
import type { DeadLetterTopicHealth } from '../../source/kafka/dead-letter-topic.ts'
import type { LogFound } from '../../source/log.ts'
import type { StoreHealth } from '../../store/writing/writer.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import type { ShardOrigin } from '../shard-saves.ts'
import type { Problem } from './calls.ts'

/** With what a worker begins; handed over when it is started. */
export type WorkerStart = {
  readonly share: { readonly index: number; readonly of: number }
  /** The very files that the main thread has read: what lies in the folder may be others by now. */
  readonly rules: readonly SourceFile[]
  readonly kafka: KafkaConfig
  readonly data: string
  readonly logLevel: string
  readonly life: number
  readonly snapshotsIn: 'directory' | 'clickhouse'
  readonly saveEveryMs: number
  readonly replaces: boolean
  readonly visits: VisitPolicy
  readonly withRecords: boolean
  /** By process: the epoch of its rows. */
  readonly epochs: ReadonlyMap<string, number>
  /** Records that were found to lie in the future, named by `futureKey`. */
  readonly futures: ReadonlySet<string>
}

export type FromWorker =
  | { readonly kind: 'fold'; readonly process: string; readonly message: FromFold }
  | { readonly kind: 'failed'; readonly process: string; readonly problem: Problem }
  | { readonly kind: 'future'; readonly letter: Omit<DeadLetter, 'key' | 'value'> }
  | { readonly kind: 'health'; readonly store: StoreHealth; readonly deadLetters: DeadLetterTopicHealth | undefined }

export type ToWorker = { readonly kind: 'fold'; readonly process: string; readonly message: ToFold }

/** A partition as it crosses to the main thread, which asks back where a log stands at an instant. */
export type AskedPartition = TopicPartition & { readonly log?: Omit<LogFound, 'offsetAt'> }

/** What a worker is answered when it asks with what its shards begin. */
export type StartsAnswer = {
  readonly starts: ReadonlyMap<number, ShardStart>
  /** By partition number; those that are missing are not saved. */
  readonly origins: ReadonlyMap<number, ShardOrigin>
  readonly fingerprint: string
  /** Rows that a state had not got rid of. */
  readonly unwritten: readonly ShardOutput[]
  readonly beganAnew: boolean
}
