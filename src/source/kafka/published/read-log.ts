import type { SourceRecord } from '../../../event/record.ts'
import { partitionKey, type SourceListener } from '../../source.ts'
import type { KafkaConnection } from '../connection.ts'
import { KafkaProblem } from '../failure.ts'
import { openPublishedSource } from './published-source.ts'

export type ReadLogSettings = {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly partition: number
  /** Of the topic. */
  readonly partitions: number
  /** Where to begin; undefined: at the beginning of the log. */
  readonly from: number | undefined
  /** Ends the reading before its time. */
  readonly signal: AbortSignal
}

/**
 * Reads a partition to the end that it has by now; what of it is in a transaction that is open is waited for.
 *
 * @param take is told of every committed record, in order.
 * @returns where it ended.
 * @throws KafkaProblem where it cannot be read; while brokers are away it goes on trying.
 */
export async function readLog(settings: ReadLogSettings, take: (record: SourceRecord) => void): Promise<number> {
  const { connection, topic, partition, partitions, from, signal } = settings
  const source = openPublishedSource({ connection, topic, share: { index: partition, of: partitions } })
  try {
    return await new Promise<number>((resolve, reject) => {
      const giveUp = () => reject(signal.reason as Error)
      if (signal.aborted) giveUp()
      signal.addEventListener('abort', giveUp, { once: true })
      const listener: SourceListener = {
        assigned: async own =>
          // What stood before the log's beginning was deleted because it is superseded.
          new Map(
            own.flatMap(each =>
              from === undefined ? [] : [[partitionKey(each), Math.max(from, each.log?.low ?? 0)] as const],
            ),
          ),
        revoked: async () => {},
        batch: async ({ records }) => {
          for (const record of records) take(record)
        },
        end: (_, endOffset, readTo) => {
          if (readTo >= endOffset) resolve(readTo)
        },
        state: state => {
          if (state.kind === 'failed' && !state.retrying) reject(new KafkaProblem(state))
        },
      }
      source.start(listener).catch(reject)
      source.finished.catch(reject)
    })
  } finally {
    await source.stop()
  }
}
