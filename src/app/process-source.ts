import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { ProcessDefinition } from '../model/definitions.ts'
import { type KafkaSourceSettings, openKafkaSource } from '../source/kafka/kafka-source.ts'
import type { Source } from '../source/source.ts'
import type { KafkaConfig } from './config/kafka.ts'
import { connectionOf } from './kafka-connection.ts'
import { withSchemas } from './schemas.ts'

/**
 * Where a process's records come from, as a configuration says.
 *
 * @param reading the partitions that are read: some of them, or what a group of processes gives to this one; default: all.
 */
export function openProcessSource(
  config: KafkaConfig,
  process: ProcessDefinition,
  logger: Logger,
  reading: { readonly share?: KafkaSourceSettings['share']; readonly group?: string } = {},
): Source {
  const { share, group } = reading
  const source = openKafkaSource({
    client: config.client,
    // What matters of its log reaches ours as the source's state, in words of our own and once.
    ...connectionOf(config, (_level, message, details) => logger.debug({ process: process.name, ...details }, message)),
    topics: [...new Set(process.sources.flatMap(({ topics }) => topics))],
    // Offsets are in the snapshot, and the data folder is locked: a group of its own waits for no session to time out.
    groupId: group ?? `${config.clientId}-${process.name}-${randomUUID()}`,
    sharedGroup: group !== undefined,
    ...(share !== undefined && { share }),
    fromBeginning: true,
    // Costs nothing where records have none; a record that cannot be counted must be able to go back as it came.
    withHeaders: true,
    now: Date.now,
  })
  return withSchemas(source, config.schemaRegistry)
}
