import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { type KafkaSourceSettings, openKafkaSource } from '../source/kafka/kafka-source.ts'
import type { RunOptions } from './commands/run.ts'
import { type KafkaConfig, shownBrokers } from './config/kafka.ts'
import { openLive } from './live.ts'
import { loadRules } from './rules-folder.ts'
import { untilStopped } from './until-stopped.ts'

/** kafkajs has one type for each mechanism; told apart here, since a union of mechanisms is none of them. */
function saslOf({
  mechanism,
  username,
  password,
}: NonNullable<KafkaConfig['sasl']>): NonNullable<KafkaSourceSettings['sasl']> {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun({ config, replaces, rebuilds }: RunOptions): Promise<void> {
  const { definitions } = loadRules(config.rules)
  const logger = pino({ level: config.log.level })
  const { brokers, clientId, ssl, sasl, positions } = config.kafka
  const live = await openLive({
    definitions,
    data: config.data,
    store: config.store,
    keeping: config.store.keeping,
    replaces,
    http: config.http,
    saveEveryMs: config.snapshots.everyMs,
    snapshotsIn: config.snapshots.in,
    logger,
    brokers: shownBrokers(config.kafka),
    positions: { ...positions, rebuilds },
    openSource: async process =>
      openKafkaSource({
        brokers,
        clientId,
        topics: [...new Set(process.sources.flatMap(({ topics }) => topics))],
        // Offsets are in the snapshot, and the data folder is locked: a group of its own waits for no session to time out.
        groupId: `${clientId}-${process.name}-${randomUUID()}`,
        sharedGroup: false,
        fromBeginning: true,
        ...(ssl === false ? {} : { ssl }),
        ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
        now: Date.now,
        // What matters of it reaches the log as the source's state, in words of our own and once.
        log: (_level, message, details) => logger.debug({ process: process.name, ...details }, message),
      }),
  })
  logger.info(`watching ${definitions.processes.map(({ name }) => name).join(', ')}; the page is ${live.url}`)
  await untilStopped(live.failed, live.stop)
}
