import { type Logger, pino } from 'pino'
import type { ListenOptions } from '../gateway/server.ts'
import type { Definitions } from '../model/definitions.ts'
import type { KafkaConnection } from '../source/kafka/connection.ts'
import { KafkaProblem } from '../source/kafka/failure.ts'
import { loadRdkafka } from '../source/kafka/rdkafka-module.ts'
import { accessOf, listenAt } from './access-of.ts'
import type { RunOptions } from './commands/run.ts'
import { shownBrokers } from './config/kafka.ts'
import { resolveContactPoints } from './contact-points.ts'
import { CouldNotRun } from './could-not-run.ts'
import { openDeadLetterTopic } from './dead-letters.ts'
import { openMember } from './group/member.ts'
import { connectionOf } from './kafka-connection.ts'
import { type Live, openLive } from './live.ts'
import { openProcessSource } from './process-source.ts'
import { type Loaded, type Reload, Reloading, reloadOnHangUp } from './reloading.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'
import { requireRegistry } from './schemas.ts'
import { untilStopped } from './until-stopped.ts'

const LETS_GO_WITHIN_MS = 1_000

/** Watches the processes of the rules folder on Kafka until it is told to stop. */
export async function runRun(options: RunOptions): Promise<void> {
  const { config } = options
  const logger = pino({ level: config.log.level })
  const access = accessOf(config.http, logger)
  const { schemaRegistry, client, groupId } = config.kafka
  if (client === 'node-rdkafka') await requireRdkafka()
  const reloading = await Reloading.open({
    read() {
      const rules = readRulesFolder(config.rules)
      const definitions = definitionsOf(rules)
      requireRegistry(definitions.processes, schemaRegistry)
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
      return groupId === undefined
        ? openAlone(asked, loaded, reload, logger)
        : openInGroup(asked, groupId, loaded, reload, logger)
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

async function openAlone(
  { config, http, replaces, rebuilds }: Asked,
  { rules, definitions }: Loaded,
  reload: Reload,
  logger: Logger,
): Promise<Live> {
  const live = await openLive({
    definitions,
    data: config.data,
    store: config.store,
    keeping: config.store.keeping,
    replaces,
    http,
    notify: config.notify,
    saveEveryMs: config.snapshots.everyMs,
    snapshotsIn: config.snapshots.in,
    reload,
    logger,
    brokers: shownBrokers(config.kafka),
    positions: { ...config.kafka.positions, rebuilds },
    workers: config.workers === 0 ? undefined : { count: config.workers, kafka: config.kafka, rules },
    deadLetterTopic: config.workers === 0 ? openDeadLetterTopic(config.kafka, definitions, logger) : undefined,
    openSource: async process => openProcessSource(config.kafka, process, logger),
  })
  logger.info(`watching ${namesOf(definitions)}; the page is ${live.url}`)
  return live
}

async function openInGroup(
  { config, http, replaces, rebuilds }: Asked,
  id: string,
  { definitions }: Loaded,
  reload: Reload,
  logger: Logger,
): Promise<Live> {
  const log: KafkaConnection['log'] = (_level, message, details) => logger.debug(details, message)
  const group = { id, connection: connectionOf(config.kafka, log) }
  const member = await openMember({ config, http, group, definitions, replaces, rebuilds, reload, logger })
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
