import { pino } from 'pino'
import type { RunOptions } from './commands/run.ts'
import { shownBrokers } from './config/kafka.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { openLive } from './live.ts'
import { openProcessSource } from './process-source.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'
import { requireRegistry } from './schemas.ts'
import { untilStopped } from './until-stopped.ts'

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun({ config, replaces, rebuilds }: RunOptions): Promise<void> {
  const rules = readRulesFolder(config.rules)
  const definitions = definitionsOf(rules)
  const logger = pino({ level: config.log.level })
  const { positions, schemaRegistry } = config.kafka
  requireRegistry(definitions.processes, schemaRegistry)
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
  logger.info(`watching ${definitions.processes.map(({ name }) => name).join(', ')}; the page is ${live.url}`)
  await untilStopped(live.failed, live.stop)
}
