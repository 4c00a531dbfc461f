import { randomUUID } from 'node:crypto'
import type { Source } from '../../source.ts'
import type { KafkaConnection } from '../connection.ts'
import { openKafkaSource } from '../kafka-source.ts'

export type PublishedSourceSettings = {
  readonly connection: KafkaConnection
  readonly topic: string
  /** Only this partition of so many; default: all. */
  readonly share?: { readonly index: number; readonly of: number }
}

/**
 * The topic that shards publish to, from its beginning: committed records, with headers. Whoever reads it has a group of its
 * own, since each reads all of it.
 */
export function openPublishedSource({ connection, topic, share }: PublishedSourceSettings): Source {
  return openKafkaSource({
    ...connection,
    topics: [topic],
    groupId: `${connection.clientId}-${topic}-${randomUUID()}`,
    sharedGroup: false,
    ...(share !== undefined && { share }),
    fromBeginning: true,
    withHeaders: true,
    now: Date.now,
  })
}
