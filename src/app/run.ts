import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { openKafkaSource } from '../source/kafka/kafka-source.ts'
import type { RunOptions } from './commands/run.ts'
import { shownBrokers } from './config/kafka.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { connectionOf } from './kafka-connection.ts'
import { openLive } from './live.ts'
import { loadRules } from './rules-folder.ts'
import { untilStopped } from './until-stopped.ts'

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun({ config, replaces, rebuilds }: RunOptions): Promise<void> {
  const { definitions } = loadRules(config.rules)
  const logger = pino({ level: config.log.level })
  const { clientId, positions } = config.kafka
  const live = await openLive({
    definitions,
    data: config.data,
    store: config.store,
    keeping: config.store.keeping,
    replaces,
    http: config.http,
    notify: config.notify,
    saveEveryMs: config.snapshotEveryMs,
    logger,
    brokers: shownBrokers(config.kafka),
    positions: { ...positions, rebuilds },
    deadLetterTopic: openDeadLetterTopic(config.kafka, definitions, logger),
    openSource: async process =>
      openKafkaSource({
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
      }),
  })
  logger.info(`watching ${definitions.processes.map(({ name }) => name).join(', ')}; the page is ${live.url}`)
  await untilStopped(live.failed, live.stop)
}
