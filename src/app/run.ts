import { pino } from 'pino'
import type { Definitions } from '../model/definitions.ts'
import type { KafkaConnection } from '../source/kafka/connection.ts'
import { KafkaProblem } from '../source/kafka/failure.ts'
import { loadRdkafka } from '../source/kafka/rdkafka-module.ts'
import type { RunOptions } from './commands/run.ts'
import { shownBrokers } from './config/kafka.ts'
import { CouldNotRun } from './could-not-run.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { openMember } from './group/member.ts'
import { connectionOf } from './kafka-connection.ts'
import { openLive } from './live.ts'
import { openProcessSource } from './process-source.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'
import { requireRegistry } from './schemas.ts'
import { untilStopped } from './until-stopped.ts'

const LETS_GO_WITHIN_MS = 1_000

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun({ config, replaces, rebuilds }: RunOptions): Promise<void> {
  const rules = readRulesFolder(config.rules)
  const definitions = definitionsOf(rules)
  const logger = pino({ level: config.log.level })
  const { positions, schemaRegistry, client } = config.kafka
  if (client === 'node-rdkafka') await requireRdkafka()
  requireRegistry(definitions.processes, schemaRegistry)
  const { groupId } = config.kafka
  if (groupId !== undefined) {
    const log: KafkaConnection['log'] = (_level, message, details) => logger.debug(details, message)
    const group = { id: groupId, connection: connectionOf(config.kafka, log) }
    const member = await openMember({ config, group, definitions, replaces, rebuilds, logger })
    logger.info(`watching ${namesOf(definitions)} as one of the group ${groupId}; the address is ${member.url}`)
    try {
      await untilStopped(member.failed, member.stop)
    } finally {
      // All is closed: a client that still waits for a broker's answer must not keep the process.
      setTimeout(() => process.exit(), LETS_GO_WITHIN_MS).unref()
    }
    return
  }
  const live = await openLive({
    definitions,
    data: config.data,
    store: config.store,
    keeping: config.store.keeping,
    replaces,
    http: config.http,
    notify: config.notify,
    saveEveryMs: config.snapshots.everyMs,
    snapshotsIn: config.snapshots.in,
    logger,
    brokers: shownBrokers(config.kafka),
    positions: { ...positions, rebuilds },
    workers: config.workers === 0 ? undefined : { count: config.workers, kafka: config.kafka, rules },
    deadLetterTopic: config.workers === 0 ? openDeadLetterTopic(config.kafka, definitions, logger) : undefined,
    openSource: async process => openProcessSource(config.kafka, process, logger),
  })
  logger.info(`watching ${namesOf(definitions)}; the page is ${live.url}`)
  await untilStopped(live.failed, live.stop)
}

const namesOf = ({ processes }: Definitions): string => processes.map(({ name }) => name).join(', ')

/** Told at the start instead of as a source that cannot be read. */
async function requireRdkafka(): Promise<void> {
  try {
    await loadRdkafka()
  } catch (cause) {
    if (!(cause instanceof KafkaProblem)) throw cause
    throw new CouldNotRun({ problem: cause.failure.reason, remedy: cause.failure.remedy, cause })
  }
}
