import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { openKafkaSource } from '../source/kafka/kafka-source.ts'
import type { RunOptions } from './commands/run.ts'
import { shownBrokers } from './config/kafka.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { connectionOf } from './kafka-connection.ts'
import { openLive } from './live.ts'
import { loadRules } from './rules-folder.ts'
import { requireRegistry, withSchemas } from './schemas.ts'
import { untilStopped } from './until-stopped.ts'

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun({ config, replaces }: RunOptions): Promise<void> {
  const { definitions } = loadRules(config.rules)
  const logger = pino({ level: config.log.level })
  const { clientId, schemaRegistry } = config.kafka
  requireRegistry(definitions.processes, schemaRegistry)
  const live = await openLive({
    definitions,
    data: config.data,
    store: config.store,
    keeping: config.store.keeping,
    replaces,
    http: config.http,
    saveEveryMs: config.snapshotEveryMs,
    logger,
    brokers: shownBrokers(config.kafka),
    deadLetterTopic: openDeadLetterTopic(config.kafka, definitions, logger),
    openSource: async process => {
      const source = openKafkaSource({
        // What matters of its log reaches ours as the source's state, in words of our own and once.
        ...connectionOf(config.kafka, (_level, message, details) =>
          logger.debug({ process: process.name, ...details }, message),
        ),
        topics: [...new Set(process.sources.flatMap(({ topics }) => topics))],
        // Offsets are in the snapshot, and the data folder is locked: a group of its own waits for no session to time out.
        groupId: `${clientId}-${process.name}-${randomUUID()}`,
        sharedGroup: false,
        fromBeginning: true,
        // Costs nothing where records have none; a record that cannot be counted must be able to go back as it came.
        withHeaders: true,
        now: Date.now,
      })
      return withSchemas(source, schemaRegistry)
    },
  })
  logger.info(`watching ${definitions.processes.map(({ name }) => name).join(', ')}; the page is ${live.url}`)
  await untilStopped(live.failed, live.stop)
}
