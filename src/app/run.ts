import { type Logger, pino } from 'pino'
import type { ListenOptions } from '../gateway/server.ts'
import type { Definitions } from '../model/definitions.ts'
import type { KafkaConnection } from '../source/kafka/connection.ts'
import { KafkaProblem } from '../source/kafka/failure.ts'
import { loadRdkafka } from '../source/kafka/rdkafka-module.ts'
import { accessOf, listenAt } from './access-of.ts'
import type { RunOptions } from './commands/run.ts'
import { type KafkaConfig, shownBrokers } from './config/kafka.ts'
import { resolveContactPoints } from './contact-points.ts'
import { CouldNotRun } from './could-not-run.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { openMember } from './group/member.ts'
import { ingestIntoLogs, ingestIntoTopics, openTopics } from './ingest/live-ingest.ts'
import { connectionOf } from './kafka-connection.ts'
import { type Live, openLive } from './live.ts'
import { openProcessSource } from './process-source.ts'
import { type Loaded, type Reload, Reloading, reloadOnHangUp } from './reloading.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'
import { requireRegistry } from './schemas.ts'
import { kafkaRemedies, ownLogsPolicy } from './starting/position-policy.ts'
import { untilStopped } from './until-stopped.ts'

const LETS_GO_WITHIN_MS = 1_000

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun(options: RunOptions): Promise<void> {
  const { config } = options
  const logger = pino({ level: config.log.level })
  const access = accessOf(config.http, logger)
  const { kafka } = config
  const groupId = kafka?.groupId
  if (kafka?.client === 'node-rdkafka') await requireRdkafka()
  const reloading = await Reloading.open({
    read() {
      const rules = readRulesFolder(config.rules)
      const definitions = definitionsOf(rules)
      requireRegistry(definitions.processes, kafka?.schemaRegistry)
      openTopics(definitions.processes, config.ingest)
      resolveContactPoints(definitions.owners, config.notify)
      return { rules, definitions }
    },
    open(loaded, reload, port) {
      const http = listenAt(config.http, access, port)
      // What was asked for once is not done again.
      const isFirst = port === undefined
      const asked = {
        config,
        http,
        replaces: options.replaces && isFirst,
        rebuilds: options.rebuilds && isFirst,
      }
      if (kafka === undefined) return openWithoutKafka(asked, loaded, reload, logger)
      return groupId === undefined
        ? openAlone(asked, kafka, loaded, reload, logger)
        : openInGroup(asked, kafka, groupId, loaded, reload, logger)
    },
    logger,
  })
  const endReloads = reloadOnHangUp(reloading, logger)
  try {
    await untilStopped(reloading.failed, () => reloading.stop())
  } finally {
    endReloads()
    // All is closed: a client that still waits for a broker's answer must not keep the process.
    if (groupId !== undefined) setTimeout(() => process.exit(), LETS_GO_WITHIN_MS).unref()
  }
}

type Asked = RunOptions & { readonly http: ListenOptions }

/** What is the same wherever events come from. */
const commonOf = ({ config, http, replaces }: Asked) => ({
  data: config.data,
  store: config.store,
  keeping: config.store.keeping,
  replaces,
  http,
  notify: config.notify,
  saveEveryMs: config.snapshots.everyMs,
  snapshotsIn: config.snapshots.in,
})

async function openAlone(
  options: Asked,
  kafka: KafkaConfig,
  { rules, definitions }: Loaded,
  reload: Reload,
  logger: Logger,
): Promise<Live> {
  const { config, rebuilds } = options
  const live = await openLive({
    ...commonOf(options),
    definitions,
    reload,
    logger,
    brokers: shownBrokers(kafka),
    positions: { ...kafka.positions, rebuilds, remedies: kafkaRemedies },
    workers: config.workers === 0 ? undefined : { count: config.workers, kafka, rules },
    deadLetterTopic: config.workers === 0 ? openDeadLetterTopic(kafka, definitions, logger) : undefined,
    ingest: ingestIntoTopics(kafka, definitions.processes, config.ingest, logger),
    openSource: async process => openProcessSource(kafka, process, logger),
  })
  logger.info(`watching ${namesOf(definitions)}; the page is ${live.url}`)
  return live
}

/** Every topic is a log of our own, and events come by HTTP. */
async function openWithoutKafka(
  options: Asked,
  { definitions }: Loaded,
  reload: Reload,
  logger: Logger,
): Promise<Live> {
  const ingest = ingestIntoLogs(definitions.processes, options.config.ingest, logger)
  const live = await openLive({
    ...commonOf(options),
    definitions,
    reload,
    logger,
    brokers: undefined,
    positions: ownLogsPolicy(options.rebuilds),
    ingest,
    openSource: async process => ingest.logs.sourceOf(process),
  })
  logger.info(`no Kafka is configured: events are taken by POST ${live.url}/api/v1/events`)
  logger.info(`watching ${namesOf(definitions)}; the page is ${live.url}`)
  return live
}

async function openInGroup(
  { config, http, replaces, rebuilds }: Asked,
  kafka: KafkaConfig,
  id: string,
  { definitions }: Loaded,
  reload: Reload,
  logger: Logger,
): Promise<Live> {
  const log: KafkaConnection['log'] = (_level, message, details) => logger.debug(details, message)
  const group = { id, connection: connectionOf(kafka, log) }
  const member = await openMember({ config, kafka, http, group, definitions, replaces, rebuilds, reload, logger })
  logger.info(`watching ${namesOf(definitions)} as one of the group ${id}; the address is ${member.url}`)
  return member
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
