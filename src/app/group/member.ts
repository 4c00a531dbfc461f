import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { checkAddress } from '../../gateway/address.ts'
import { addressOf, type ListenOptions } from '../../gateway/server.ts'
import { startStandby } from '../../gateway/standby.ts'
import { lockDirectory } from '../../journal/lock.ts'
import { openSnapshots } from '../../journal/snapshots.ts'
import type { Definitions } from '../../model/definitions.ts'
import { lifeAfter } from '../../shard/output.ts'
import type { SourceState } from '../../source/source.ts'
import { openStore } from '../../store/store.ts'
import { answerBackupRequests } from '../backup-request.ts'
import { closeAll, closeDeadLetterTopic, closeStore, LAST_SAVE_WITHIN_MS, type Opened } from '../closing.ts'
import { type KafkaConfig, shownBrokers } from '../config/kafka.ts'
import type { Config } from '../config.ts'
import { resolveContactPoints } from '../contact-points.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { openDeadLetterTopic, watchDeadLetterTopic } from '../dead-letters.ts'
import { FullDisk } from '../full-disk.ts'
import { ingestIntoTopics } from '../ingest/live-ingest.ts'
import type { Live } from '../live.ts'
import type { Reload } from '../reloading.ts'
import { SavedShards } from '../saved-shards.ts'
import { shardName } from '../shard-saves.ts'
import { kafkaRemedies } from '../starting/position-policy.ts'
import { watchStore } from '../store-watch.ts'
import { storedSnapshots } from '../stored-snapshots.ts'
import { Candidacy } from './candidacy.ts'
import { GroupEvaluation } from './evaluation.ts'
import { GroupFolding } from './folding.ts'
import type { Group } from './group.ts'
import { Role } from './role.ts'
import { WhoEvaluates } from './who-evaluates.ts'

export type MemberOptions = {
  readonly config: Config
  readonly kafka: KafkaConfig
  readonly http: ListenOptions
  readonly group: Group
  readonly definitions: Definitions
  readonly replaces: boolean
  readonly rebuilds: boolean
  readonly reload: Reload
  readonly logger: Logger
}

/**
 * One of several processes that watch the same: it folds its share of the partitions and publishes it, and one of all, which
 * the group elects, evaluates and serves what all have published.
 *
 *     partitions ─▶ folds of every member ─▶ topics that shards publish to ─▶ evaluation of one member ─▶ journal topic, page
 */
export async function openMember(options: MemberOptions): Promise<Live> {
  const opened: Opened = { running: [], held: [] }
  const disk = new FullDisk(options.config.data, options.logger)
  const stop = async () => {
    disk.stop()
    await closeAll(opened)
  }
  try {
    return { ...(await open(options, disk, opened)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function open(options: MemberOptions, disk: FullDisk, { running, held }: Opened): Promise<Omit<Live, 'stop'>> {
  const { config, kafka, http, group, definitions, replaces, rebuilds, reload, logger } = options
  const { data, notify } = config
  const contactPoints = resolveContactPoints(definitions.owners, notify)
  await checkAddress(http.host, http.port)
  const lock = await lockDirectory(data)
  held.push(() => lock.release())
  const notAnswered = (err: Error) => logger.error({ err }, 'a request for a copy of the data folder failed')
  held.push(await answerBackupRequests(data, () => Promise.reject(nothingToCopy(group)), notAnswered))
  const deadLetterTopic = openDeadLetterTopic(kafka, definitions, logger)
  if (deadLetterTopic !== undefined) {
    held.push(() => closeDeadLetterTopic(deadLetterTopic, logger))
    const endWatch = watchDeadLetterTopic(() => deadLetterTopic.health(), logger)
    held.push(async () => endWatch())
  }
  const ingest = ingestIntoTopics(kafka, definitions.processes, config.ingest, logger)
  if (ingest !== undefined) held.push(() => ingest.close())
  if (config.store.kind === 'embedded') throw new Error('a group was configured without a store that all of it reach')
  const store = await openStore(config.store, config.store.keeping)
  held.push(() => closeStore(store, logger))
  const endWatch = watchStore(() => store.health(), logger)
  held.push(async () => endWatch())

  let damagedSnapshots = 0
  const snapshots = storedSnapshots(store, logger)
  held.push(async () => snapshots.close())
  const foldings = new Map<string, GroupFolding>()
  const saved = new SavedShards({
    local: await openSnapshots(join(data, 'snapshots')),
    snapshots,
    passed: async passed => foldings.get(passed.process)?.passed(passed),
    onDamaged({ file, problem }) {
      damagedSnapshots++
      logger.error({ file, problem }, 'a snapshot is damaged; the one before it is used')
    },
  })
  const epochs = new Map<string, number>()
  for (const process of definitions.processes) {
    epochs.set(process.name, await saved.epochOf(process, await store.foldInForce(process.name)))
  }
  const leastLife = lifeAfter(await store.newestPosition())

  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever runs this waits for it; until then a failure must not count as unhandled.
  failed.catch(() => {})

  const name = `${hostname()}:${http.port}`
  const ownerAt = `${name} ${randomUUID()}`
  let election: SourceState = { kind: 'connecting', to: group.connection.brokers.join(', ') }
  const who = new WhoEvaluates(group, () => [election, ...[...foldings.values()].map(({ state }) => state)])
  const role = new Role({
    elected: (lost, beforeServing) =>
      new GroupEvaluation({
        ...{
          group,
          data,
          definitions,
          contactPoints,
          replaces,
          store,
          http,
          notify,
          lost,
          beforeServing,
          reload,
          logger,
        },
        owner: ownerAt,
        epochOf: process => epochs.get(process.name) ?? 0,
        brokers: shownBrokers(kafka),
        ingest: ingest?.events,
        storeHealth: () => store.health(),
        deadLetterHealth: () => deadLetterTopic?.health(),
        damagedSnapshots: () => damagedSnapshots,
        savedAt: (process, partition) => store.snapshots.savedAt(shardName(process, partition)),
        fail: error => fail(error),
      }),
    standby: () => startStandby({ ...http, logger: logger.child({}, { level: 'warn' }), explain: () => who.explain() }),
    told: text => logger.warn(`another process evaluates: ${text}`),
    failed: error => fail(error),
  })
  for (const process of definitions.processes) {
    const folding = new GroupFolding({
      ...{ group, kafka, process, saved, leastLife, store, deadLetterTopic, disk, replaces, logger },
      epoch: epochs.get(process.name) ?? 0,
      policy: { ...kafka.positions, rebuilds, remedies: kafkaRemedies },
      visits: config.store.keeping.visits,
      withRecords: config.store.keeping.events,
      saveEveryMs: config.snapshots.everyMs,
      fail: error => fail(error),
    })
    foldings.set(process.name, folding)
    running.push(async () => {
      const impatient = setTimeout(() => snapshots.close(), LAST_SAVE_WITHIN_MS)
      await folding.stop()
      clearTimeout(impatient)
    })
  }
  // Whether it evaluates or waits, it answers there.
  await lock.tellAddress(addressOf(http.host, http.port))
  role.start()
  const candidacy = new Candidacy({
    group,
    member: name,
    elected: isElected => role.set(isElected),
    state: state => {
      election = state
      if (state.kind === 'failed') logger.error({ remedy: state.remedy }, state.reason)
    },
    failed: error => fail(error),
  })
  running.push(async () => {
    await role.stop()
    // Whoever is elected now finds all that was decided here.
    await candidacy.stop()
  })
  return { url: `http://${http.host}:${http.port}`, failed }
}

const nothingToCopy = ({ id }: Group): CouldNotRun =>
  new CouldNotRun({
    problem: `this process is one of the group "${id}", which keeps its state in Kafka and ClickHouse`,
    remedy: 'back up these',
  })
