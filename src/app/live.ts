import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { AlertTransition } from '../alerts/transition.ts'
import { LiveView } from '../engine/live-view.ts'
import { ProcessEngine } from '../engine/process-engine.ts'
import { ProcessLoop } from '../engine/process-loop.ts'
import { type Instant, instant } from '../event/instant.ts'
import { createExporter } from '../exporter/exporter.ts'
import { checkAddress } from '../gateway/address.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { openJournal } from '../journal/journal.ts'
import { lockDirectory } from '../journal/lock.ts'
import { openSnapshots } from '../journal/snapshots.ts'
import type { Definitions, ProcessDefinition } from '../model/definitions.ts'
import { lifeAfter } from '../shard/output.ts'
import type { DeadLetterTopic, DeadLetterTopicHealth } from '../source/kafka/dead-letter-topic.ts'
import type { Source } from '../source/source.ts'
import { requireRoomToStart } from '../store/clickhouse/free-space.ts'
import { type Keeping, openStore, type Store, type StoreOptions } from '../store/store.ts'
import type { DefinitionRow } from '../store/writing/tables/definitions.ts'
import type { StoreHealth } from '../store/writing/writer.ts'
import { auditOfStart } from './audit-of-start.ts'
import { answerBackupRequests } from './backup-request.ts'
import { defaultNotify, type NotifyConfig } from './config/notify.ts'
import { resolveContactPoints } from './contact-points.ts'
import { watchDeadLetterTopic } from './dead-letters.ts'
import { definitionRowsOf } from './definition-rows.ts'
import { goOn, worldOf } from './engine-world.ts'
import { feedOf } from './feed.ts'
import { FullDisk } from './full-disk.ts'
import { copyLiveData, SaveHold } from './live-copy.ts'
import { Notifications } from './notifications.ts'
import { SavedState } from './saved-state.ts'
import { type PositionPolicy, strictPolicy } from './starting/position-policy.ts'
import { type ReadStored, withStoredRecords } from './starting/stored-records.ts'
import { watchStore } from './store-watch.ts'
import { storedSnapshots } from './stored-snapshots.ts'
import { type FoldingThreads, foldInThreads, type Workers } from './workers/fold-in-threads.ts'

/** Rows that do not make it in time are in the snapshot, so a stop need not wait for them. */
const STORE_CLOSES_WITHIN_MS = 700

/** So long a stop waits for ClickHouse to take the last states, where they are kept there. */
const LAST_SAVE_WITHIN_MS = 5_000

export type LiveOptions = {
  readonly definitions: Definitions
  /** Folder of journal, snapshots and the embedded store; made where it is missing. */
  readonly data: string
  readonly store: Exclude<StoreOptions, { kind: 'embedded' }> | { readonly kind: 'embedded' }
  readonly keeping: Keeping & { readonly events: boolean }
  /** Whether rows take the place of those that another source wrote of the same time. */
  readonly replaces: boolean
  readonly http: { readonly host: string; readonly port: number }
  /** Default: that of stagewatch.yaml. */
  readonly notify?: NotifyConfig
  readonly saveEveryMs: number
  /** Default: the data folder. */
  readonly snapshotsIn?: 'directory' | 'clickhouse'
  readonly logger: Logger
  /** What `openSource` reads from, for people to see; undefined where it is no Kafka. */
  readonly brokers: readonly string[] | undefined
  /** Where logs are read on that are not what was left, or of which nothing was saved. Default: refused; the earliest. */
  readonly positions?: PositionPolicy
  /** Threads that fold, instead of this one, and read by themselves. */
  readonly workers?: Workers | undefined
  /** @param nextOffset says where the process's partition 0 will go on; undefined: nothing was saved of it. */
  readonly openSource: (process: ProcessDefinition, nextOffset: () => Promise<number | undefined>) => Promise<Source>
  /** Gets the dead letters too; closed with everything else. */
  readonly deadLetterTopic?: DeadLetterTopic | undefined
}

export type Live = {
  readonly url: string
  /** Rejects when a process cannot go on, or its source has ended with an error. */
  readonly failed: Promise<never>
  /** Stops reading, saves everything, closes everything. Once only. */
  stop(): Promise<void>
}

/**
 * Wires the stations into a running program: sources → engines → journal, store, gateway, exporter.
 *
 * What is opened is closed, also where opening stops half-way (a port in use, a locked folder).
 */
export async function openLive(options: LiveOptions): Promise<Live> {
  const opened: Opened = { running: [], held: [] }
  const disk = new FullDisk(options.data, options.logger)
  const close = async () => {
    disk.stop()
    const stopped = await Promise.allSettled(opened.running.splice(0).map(stop => stop()))
    for (const release of opened.held.splice(0).reverse()) await release()
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason
  }
  try {
    return await open(options, disk, opened, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** What has to be closed again: first all that runs, side by side, then what it stood on, in the opposite order of opening. */
type Opened = { readonly running: (() => Promise<unknown>)[]; readonly held: (() => Promise<unknown>)[] }

async function open(
  options: LiveOptions,
  disk: FullDisk,
  { running, held }: Opened,
  close: () => Promise<void>,
): Promise<Live> {
  const { definitions, data, http, logger, deadLetterTopic } = options
  if (deadLetterTopic !== undefined) held.push(() => closeDeadLetterTopic(deadLetterTopic, logger))
  // Before the data folder is touched: a start that was mistaken leaves nothing behind.
  const contactPoints = resolveContactPoints(definitions.owners)
  await checkAddress(http.host, http.port)
  await requireRoomToStart(data)
  const lock = await lockDirectory(data)
  held.push(() => lock.release())
  const journal = await openJournal(join(data, 'journal'))
  held.push(() => journal.close())
  const { keeping } = options
  const store = await openStore(options.store.kind === 'embedded' ? embeddedIn(data) : options.store, keeping)
  held.push(() => closeStore(store, logger))
  const endWatch = watchStore(() => store.health(), logger)
  held.push(async () => endWatch())
  if (deadLetterTopic !== undefined) {
    const endWatchOfTopic = watchDeadLetterTopic(() => deadLetterTopic.health(), logger)
    held.push(async () => endWatchOfTopic())
  }

  let damagedSnapshots = 0
  const local = await openSnapshots(join(data, 'snapshots'))
  const snapshots = options.snapshotsIn === 'clickhouse' ? storedSnapshots(store, logger) : local
  held.push(async () => snapshots.close())
  const saved = new SavedState({
    journal,
    local,
    snapshots,
    onDamaged({ file, problem }) {
      damagedSnapshots++
      logger.error({ file, problem }, 'a snapshot is damaged; the one before it is used')
    },
  })

  const startedAt = instant(Date.now())
  const engines: ProcessEngine[] = []
  const changed: DefinitionRow[] = []
  const life = await saved.beginLife(async () => lifeAfter(await store.newestPosition()))
  for (const process of definitions.processes) {
    const epoch = await saved.epochOf(process, await store.foldInForce(process.name))
    const withRecords = keeping.events
    const engine = new ProcessEngine({ process, mode: 'live', epoch, life, now: Date.now, withRecords })
    await store.claim(process.name, engine.source, options.replaces)
    const inForce = definitionRowsOf(process, epoch, startedAt)
    changed.push(...(await store.recordDefinitions(process.name, inForce, startedAt)))
    engines.push(engine)
  }
  const elsewhere: { folding?: FoldingThreads } = {}
  const view = new LiveView(engines, startedAt, async (process, caseId) => {
    return (await elsewhere.folding?.loops.get(process)?.duesOf(caseId)) ?? []
  })
  const { transitions, unfed, tornBytes } = saved.journal.recover()
  if (tornBytes > 0) logger.warn({ tornBytes }, 'the journal ended in a torn line, which nobody had relied on')
  // A process that is no longer among the rules is shown no more; what it left is history all the same.
  const isWatched = ({ process }: AlertTransition) => engines.some(engine => engine.process.name === process)
  view.add(transitions.filter(isWatched), false)
  const feed = feedOf(saved.journal, store, await saved.installation(), logger)
  // Those of the last day once more: ClickHouse acknowledges before its own disk has been synced.
  store.write({ transitions })
  feed(unfed)
  for (const record of auditOfStart(changed, options.replaces, startedAt)) {
    feed({ audit: [await saved.journal.audit(record)] })
  }

  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever runs this waits for it; until then a failure must not count as unhandled.
  failed.catch(() => {})
  const notifications = new Notifications({
    definitions,
    contactPoints,
    config: options.notify ?? defaultNotify,
    journal: saved.journal,
    disk,
    version: versionOf(),
    logger,
    fail: error => fail(error),
  })
  held.push(() => notifications.stop())
  const saves = new SaveHold()
  const policy = options.positions ?? strictPolicy
  const parts = { saves, saved, store, deadLetterTopic, view, engines, feed, notifications, disk, policy, logger }
  const world = worldOf({ ...parts, fail: error => fail(error) })
  const health = healthOf(store, deadLetterTopic, elsewhere)
  const gateway = await openGateway(options, view, store, health, notifications, startedAt, () => damagedSnapshots)
  running.push(() => gateway.close())

  if (options.workers !== undefined) {
    const { workers, saveEveryMs, replaces } = options
    const { visits, events: withRecords } = keeping
    const around = { engines, world, saves, saved, store, disk, policy, logger, fail: (error: Error) => fail(error) }
    const snapshotsIn = options.snapshotsIn ?? 'directory'
    const given = { workers, life, data, snapshotsIn, saveEveryMs, replaces, visits, withRecords }
    elsewhere.folding = await foldInThreads({ ...around, ...given })
    const { folding } = elsewhere
    running.push(() => folding.stop())
  }
  for (const engine of options.workers === undefined ? engines : []) {
    const loop = new ProcessLoop(engine, world, options.saveEveryMs)
    await goOn(engine, world, saved)
    const { name } = engine.process
    const opened = await options.openSource(engine.process, async () => {
      const shard = await saved.loadShard(name, 0)
      return shard !== undefined && saved.isOfPresent(name, shard) ? shard.state.nextOffsets[0] : undefined
    })
    const readStored: ReadStored = (id, from, before) => store.keptRecords({ ...id, process: name, from, before })
    const source = withStoredRecords(opened, readStored, Date.now)
    running.push(async () => {
      await source.stop()
      const impatient = setTimeout(() => snapshots.close(), LAST_SAVE_WITHIN_MS)
      await loop.stop()
      clearTimeout(impatient)
    })
    await source.start(loop)
    loop.start()
    source.finished.catch(error => fail(error as Error))
  }
  const copied = { data, saves, copyStore: store.copyTo }
  const notAnswered = (error: Error) => logger.error({ err: error }, 'a request for a copy of the data folder failed')
  // Ends after the engines, whose stop need not wait for a copy, and before the store, which is copied.
  held.push(await answerBackupRequests(data, to => copyLiveData(copied, to), notAnswered))
  logger.info({ url: gateway.url, host: http.host }, 'listening')
  return { url: gateway.url, failed, stop: close }
}

function openGateway(
  options: LiveOptions,
  view: LiveView,
  store: Store,
  health: Health,
  notifications: Notifications,
  startedAt: Instant,
  damagedSnapshots: () => number,
): Promise<Gateway> {
  const version = versionOf()
  const now = (): Instant => instant(Date.now())
  const { delivery } = notifications
  const { storeHealth, deadLetterHealth } = health
  const exporter = createExporter({ view, storeHealth, damagedSnapshots, delivery, deadLetterHealth, version, now })
  return startGateway({
    ...options.http,
    view,
    owners: options.definitions.owners,
    brokers: options.brokers,
    history: {
      paneSeries: async ({ segment, ...query }) => {
        const points = await store.stageSeries({ ...query, ...(segment === undefined ? {} : { segment }) })
        return points.flatMap(({ sums }) => sums ?? [])
      },
      visitsOfCase: (process, caseId, limit) => store.visitsOfCase(process, caseId, limit),
      transitionsOfAlert: (alert, limit) => store.transitionsOfAlert(alert, limit),
    },
    health: () => ({ version, startedAt, store: storeHealth() }),
    outbox: () => notifications.view(),
    metrics: () => exporter.metrics(),
    assets: fileURLToPath(new URL('../dashboard/', import.meta.url)),
    logger: options.logger.child({}, { level: 'warn' }),
  })
}

/** How the store and the topic of dead letters fare, with the rows of the threads. */
type Health = {
  readonly storeHealth: () => StoreHealth
  readonly deadLetterHealth: () => DeadLetterTopicHealth | undefined
}

function healthOf(
  store: Store,
  topic: DeadLetterTopic | undefined,
  elsewhere: { readonly folding?: FoldingThreads },
): Health {
  return {
    storeHealth: () => elsewhere.folding?.threads.storeHealth(store.health()) ?? store.health(),
    deadLetterHealth: () => elsewhere.folding?.threads.deadLetterHealth() ?? topic?.health(),
  }
}

async function closeStore(store: Store, logger: Logger): Promise<void> {
  const { unwrittenRows } = await store.close(STORE_CLOSES_WITHIN_MS)
  // Nothing is lost and nothing has to be done: a stop in the middle of history is no reason to warn.
  if (unwrittenRows > 0) logger.info({ unwrittenRows }, 'rows were not written yet; the snapshot holds them')
}

async function closeDeadLetterTopic(topic: DeadLetterTopic, logger: Logger): Promise<void> {
  const waiting = await topic.close(STORE_CLOSES_WITHIN_MS)
  if (waiting > 0) logger.info({ waiting }, 'dead letters were not written to their topic yet; the snapshot holds them')
}

const embeddedIn = (data: string): StoreOptions => ({ kind: 'embedded', path: join(data, 'clickhouse') })

const versionOf = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
