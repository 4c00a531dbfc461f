import { join } from 'node:path'
import type { Logger } from 'pino'
import { ProcessEngine } from '../engine/process-engine.ts'
import { ProcessLoop } from '../engine/process-loop.ts'
import { instant } from '../event/instant.ts'
import { checkAddress } from '../gateway/address.ts'
import type { ListenOptions } from '../gateway/server.ts'
import { openJournal } from '../journal/journal.ts'
import { lockDirectory } from '../journal/lock.ts'
import { openSnapshots, savedAtIn } from '../journal/snapshots.ts'
import type { Definitions, ProcessDefinition } from '../model/definitions.ts'
import { lifeAfter } from '../shard/output.ts'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Source } from '../source/source.ts'
import { requireRoomToStart } from '../store/clickhouse/free-space.ts'
import { openStore, type Store, type StoreOptions } from '../store/store.ts'
import type { DefinitionRow } from '../store/writing/tables/definitions.ts'
import { resolveIn } from './alert-actions.ts'
import { answerBackupRequests } from './backup-request.ts'
import { closeAll, closeDeadLetterTopic, closeStore, LAST_SAVE_WITHIN_MS, type Opened } from './closing.ts'
import type { KeepingConfig } from './config/keeping.ts'
import { defaultNotify, type NotifyConfig } from './config/notify.ts'
import { resolveContactPoints } from './contact-points.ts'
import { watchDeadLetterTopic } from './dead-letters.ts'
import { definitionRowsOf } from './definition-rows.ts'
import { goOn, worldOf } from './engine-world.ts'
import { FullDisk } from './full-disk.ts'
import type { LiveIngest } from './ingest/live-ingest.ts'
import { copyLiveData, SaveHold } from './live-copy.ts'
import type { Reload } from './reloading.ts'
import { SavedState } from './saved-state.ts'
import { shardName } from './shard-saves.ts'
import { savesBeside, spillOf } from './spilling.ts'
import { type PositionPolicy, strictPolicy } from './starting/position-policy.ts'
import { type ReadStored, withStoredRecords } from './starting/stored-records.ts'
import { watchStore } from './store-watch.ts'
import { storedSnapshots } from './stored-snapshots.ts'
import { openWatching, type WatchingParts } from './watching.ts'
import { type FoldingThreads, foldInThreads, type Workers } from './workers/fold-in-threads.ts'

export type LiveOptions = {
  readonly definitions: Definitions
  /** Folder of journal, snapshots and the embedded store; made where it is missing. */
  readonly data: string
  readonly store: Exclude<StoreOptions, { kind: 'embedded' }> | { readonly kind: 'embedded' }
  readonly keeping: KeepingConfig
  /** Whether rows take the place of those that another source wrote of the same time. */
  readonly replaces: boolean
  readonly http: ListenOptions
  /** Default: that of stagewatch.yaml. */
  readonly notify?: NotifyConfig
  readonly saveEveryMs: number
  /** Default: the data folder. */
  readonly snapshotsIn?: 'directory' | 'clickhouse'
  /** Default: its definitions are those of its whole life. */
  readonly reload?: Reload
  readonly logger: Logger
  /** What `openSource` reads from, for people to see; undefined where it is no Kafka. */
  readonly brokers: readonly string[] | undefined
  /** Where logs are read on that are not what was left, or of which nothing was saved. Default: refused; the earliest. */
  readonly positions?: PositionPolicy
  /** Threads that fold, instead of this one, and read by themselves. */
  readonly workers?: Workers | undefined
  /** @param nextOffset says where the process's partition 0 will go on; undefined: nothing was saved of it. */
  readonly openSource: (process: ProcessDefinition, nextOffset: () => Promise<number | undefined>) => Promise<Source>
  /** Takes events by HTTP; opened and closed with everything else. */
  readonly ingest?: LiveIngest | undefined
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
    await closeAll(opened)
  }
  try {
    return await open(options, disk, opened, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  options: LiveOptions,
  disk: FullDisk,
  { running, held }: Opened,
  close: () => Promise<void>,
): Promise<Live> {
  const { definitions, data, http, logger, deadLetterTopic } = options
  if (deadLetterTopic !== undefined) held.push(() => closeDeadLetterTopic(deadLetterTopic, logger))
  // Before the data folder is touched: a start that was mistaken leaves nothing behind.
  const contactPoints = resolveContactPoints(definitions.owners, options.notify ?? defaultNotify)
  await checkAddress(http.host, http.port)
  if (http.metricsAt !== undefined) await checkAddress(http.metricsAt.host, http.metricsAt.port)
  await requireRoomToStart(data)
  const lock = await lockDirectory(data)
  held.push(() => lock.release())
  const journal = await openJournal(join(data, 'journal'))
  held.push(() => journal.close())
  const { ingest } = options
  if (ingest !== undefined) held.push(() => ingest.close())
  await ingest?.logs?.open(data)
  const { keeping } = options
  const storeOptions = options.store.kind === 'embedded' ? embeddedIn(data) : options.store
  const store = await openStore(storeOptions, keeping, {}, spillOf(data, logger))
  held.push(() => closeStore(store, logger))
  const endWatch = watchStore(() => store.health(), logger)
  held.push(async () => endWatch())
  // What another source has left on disk must not come when its rows have given way.
  if (options.replaces) await store.flush()
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
    covered: async passed => ingest?.logs?.passed(passed),
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
    const { visits, events: withRecords } = keeping
    const engine = new ProcessEngine({ process, mode: 'live', epoch, life, now: Date.now, visits, withRecords })
    await store.claim(process.name, engine.source, options.replaces)
    const inForce = definitionRowsOf(process, epoch, startedAt)
    changed.push(...(await store.recordDefinitions(process.name, inForce, startedAt)))
    engines.push(engine)
  }
  const elsewhere: { folding?: FoldingThreads } = {}
  const loops = new Map<string, ProcessLoop>()
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever runs this waits for it; until then a failure must not count as unhandled.
  failed.catch(() => {})
  const watching = await openWatching(
    {
      ...options,
      ...healthOf(store, deadLetterTopic, elsewhere),
      ingest: ingest?.events,
      notify: options.notify ?? defaultNotify,
      contactPoints,
      engines,
      changed,
      journal: saved.journal,
      installation: await saved.installation(),
      store,
      disk,
      startedAt,
      askDues: async (process, caseId) => (await elsewhere.folding?.loops.get(process)?.duesOf(caseId)) ?? [],
      resolve: resolveIn(process => loops.get(process) ?? elsewhere.folding?.loops.get(process)),
      damagedSnapshots: () => damagedSnapshots,
      savedAt: (process, partition) =>
        options.snapshotsIn === 'clickhouse'
          ? store.snapshots.savedAt(shardName(process, partition))
          : savedAtIn(join(data, 'snapshots'), shardName(process, partition)),
      fail: error => fail(error),
    },
    { running, held },
  )
  const { gateway } = watching
  const saves = new SaveHold()
  const policy = options.positions ?? strictPolicy
  const around = { saved, store, engines, disk, policy, logger, fail: (error: Error) => fail(error) }
  const besides = savesBeside(saves, store, options.snapshotsIn ?? 'directory')
  const world = worldOf({ ...around, ...watching, saves: besides, deadLetterTopic })

  if (options.workers !== undefined) {
    const { workers, saveEveryMs, replaces } = options
    const { visits, events: withRecords } = keeping
    const snapshotsIn = options.snapshotsIn ?? 'directory'
    const given = { workers, life, data, snapshotsIn, saveEveryMs, replaces, visits, withRecords }
    elsewhere.folding = await foldInThreads({ ...around, ...given, saves, world })
    const { folding } = elsewhere
    running.push(() => folding.stop())
  }
  for (const engine of options.workers === undefined ? engines : []) {
    const loop = new ProcessLoop(engine, world, options.saveEveryMs)
    await goOn(engine, world, saved.journal)
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
    loops.set(name, loop)
    source.finished.catch(error => fail(error as Error))
  }
  const copied = { data, saves, copyStore: store.copyTo }
  const notAnswered = (error: Error) => logger.error({ err: error }, 'a request for a copy of the data folder failed')
  // Ends after the engines, whose stop need not wait for a copy, and before the store, which is copied.
  held.push(await answerBackupRequests(data, to => copyLiveData(copied, to), notAnswered))
  await lock.tellAddress(gateway.url)
  logger.info({ url: gateway.url, host: http.host }, 'listening')
  return { url: gateway.url, failed, stop: close }
}

/** How the store and the topic of dead letters fare, with the rows of the threads. */
function healthOf(
  store: Store,
  topic: DeadLetterTopic | undefined,
  elsewhere: { readonly folding?: FoldingThreads },
): Pick<WatchingParts, 'storeHealth' | 'deadLetterHealth'> {
  return {
    storeHealth: () => elsewhere.folding?.threads.storeHealth(store.health()) ?? store.health(),
    deadLetterHealth: () => elsewhere.folding?.threads.deadLetterHealth() ?? topic?.health(),
  }
}

const embeddedIn = (data: string): StoreOptions => ({ kind: 'embedded', path: join(data, 'clickhouse') })
