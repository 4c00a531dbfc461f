import { FoldLoop } from '../../engine/fold-loop.ts'
import type { FoldWorld } from '../../engine/world.ts'
import type { Instant } from '../../event/instant.ts'
import { futureKey } from '../../journal/journal-state.ts'
import type { Snapshots } from '../../journal/snapshots.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { DeadLetterTopic } from '../../source/kafka/dead-letter-topic.ts'
import type { LogFound } from '../../source/log.ts'
import { type PartitionKey, partitionKey, type Source } from '../../source/source.ts'
import type { StoreConnection } from '../../store/clickhouse/connection.ts'
import type { Store } from '../../store/store.ts'
import { foldWorldOf } from '../fold-world.ts'
import type { FullDisk } from '../full-disk.ts'
import { ShardSaves } from '../shard-saves.ts'
import { savesBeside } from '../spilling.ts'
import { withStoredRecords } from '../starting/stored-records.ts'
import { Superseding } from '../superseding.ts'
import { problemOf, ThreadLine, type ThreadPort } from './calls.ts'
import type { AskedPartition, FromWorker, StartsAnswer, ToWorker, WorkerStart } from './messages.ts'

const LOOK_EVERY_MS = 1_000
/** Rows that do not make it in time are in the snapshot, or on disk: a stop need not wait for them. */
const STORE_CLOSES_WITHIN_MS = 500

/** What a thread that folds stands on. */
export type FoldGround = {
  readonly start: WorkerStart
  /** To the main thread. */
  readonly port: ThreadPort
  readonly processes: readonly ProcessDefinition[]
  readonly disk: FullDisk
  readonly deadLetterTopic: DeadLetterTopic | undefined
  /** @param connection that of the main thread. */
  readonly openStore: (connection: Omit<StoreConnection, 'close'>) => Promise<Store>
  readonly openSnapshots: (store: Store) => Promise<Snapshots>
  readonly openSource: (process: ProcessDefinition) => Source
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/** Folds what is this thread's, until the main one stops it. Resolves when all sources have been started. */
export async function foldAsWorker(ground: FoldGround): Promise<void> {
  const { start, port, processes, disk, deadLetterTopic, now } = ground
  const loops = new Map<string, FoldLoop>()
  const folds = () => [...loops.values()]
  /** What was opened, to be closed in the opposite order: a stop may come half-way. */
  const opened: (() => Promise<unknown>)[] = []
  let isStopping = false
  const sources: Source[] = []
  /** As they were found last. */
  const logs = new Map<PartitionKey, LogFound>()
  const callable = {
    stop: () => stop(),
    offsetAt: async (key: PartitionKey, at: Instant) => logs.get(key)?.offsetAt(at),
  }
  const line: ThreadLine<FromWorker, ToWorker> = new ThreadLine(port, callable, ({ process, message }) =>
    loops.get(process)?.hear(message),
  )
  if (deadLetterTopic !== undefined) opened.push(() => deadLetterTopic.close(STORE_CLOSES_WITHIN_MS))
  const store = await ground.openStore(lentConnection(line))
  opened.push(() => store.close(STORE_CLOSES_WITHIN_MS))
  const snapshots = await ground.openSnapshots(store)
  opened.push(async () => snapshots.close())
  const shards = new ShardSaves(snapshots, passed => line.call('passed', passed))
  const { begin, writeSaved, left, ...leaving } = foldWorldOf({
    processes,
    store,
    deadLetterTopic,
    shards,
    // The main thread says when states may be saved.
    saves: savesBeside({ saveUnlessHeld: save => save() }, store, start.snapshotsIn),
    disk,
    decided: ({ key: _, value: __, ...letter }) => line.send({ kind: 'future', letter }),
  })
  const sinceOf = (process: string, partition: number) => shards.originOf(process, partition)?.since ?? 0
  const superseded: Pick<Store, 'supersede'> = {
    async supersede(...of) {
      // What threads of former lives have left on disk is the main thread's to write, and has to be there before it leaves.
      await line.call('store.flush')
      await store.supersede(...of)
    },
  }
  const superseding = new Superseding({ store: superseded, write: leaving.write, left, folds, sinceOf })
  const fail = (process: string, error: Error) => line.send({ kind: 'failed', process, problem: problemOf(error) })
  const world: FoldWorld = {
    ...leaving,
    async loadShards(process, partitions) {
      const asked = partitions.map(({ log, ...id }): AskedPartition => {
        if (log === undefined) return id
        logs.set(partitionKey(id), log)
        const { offsetAt: _, ...found } = log
        return { ...id, log: found }
      })
      const answer = await line.call<StartsAnswer>('loadShards', process, asked)
      // The stop came while this was asked: nobody folds here any more, and the store is closed.
      if (isStopping) return new Map()
      begin(process, partitions)
      for (const output of answer.unwritten) writeSaved(output)
      for (const partition of answer.starts.keys()) {
        shards.setOrigin(process, partition, answer.origins.get(partition), answer.fingerprint)
      }
      if (answer.beganAnew) superseding.await(process)
      return answer.starts
    },
    wasFuture: (process, topic, partition, offset) =>
      start.futures.size > 0 && start.futures.has(futureKey({ process, topic, partition, offset })),
    sourceState: (process, state) => line.send({ kind: 'fold', process, message: { kind: 'source', state } }),
    failed: fail,
  }

  const open = async (process: ProcessDefinition): Promise<void> => {
    const { name } = process
    const loop = new FoldLoop({
      process,
      epoch: start.epochs.get(name) ?? 0,
      life: start.life,
      visits: start.visits,
      withRecords: start.withRecords,
      saveEveryMs: start.saveEveryMs,
      now,
      world,
      tell: message => line.send({ kind: 'fold', process: name, message }, buffersOf(message)),
    })
    await store.claim(name, loop.source, start.replaces)
    loops.set(name, loop)
    superseding.await(name)
    if (isStopping) return
    const records = ground.openSource(process)
    const source = withStoredRecords(
      records,
      (id, from, before) => store.keptRecords({ ...id, process: name, from, before }),
      now,
    )
    sources.push(source)
    await source.start(loop)
    loop.start()
    source.finished.catch(error => fail(name, error as Error))
  }

  const look = setInterval(() => {
    line.send({ kind: 'health', store: store.health(), deadLetters: deadLetterTopic?.health() })
    for (const name of loops.keys()) superseding.look(name)
  }, LOOK_EVERY_MS)
  opened.push(async () => clearInterval(look))

  async function stop(): Promise<void> {
    isStopping = true
    disk.stop()
    await Promise.all(sources.map(source => source.stop()))
    await Promise.all(folds().map(loop => loop.stop()))
    for (const close of opened.splice(0).reverse()) await close()
  }

  for (const process of processes) if (!isStopping) await open(process)
}

/** The store's own connection is in the main thread; statements and rows go there. */
function lentConnection(line: ThreadLine<FromWorker, ToWorker>): Omit<StoreConnection, 'close'> {
  return {
    command: (...given) => line.call('store.command', ...given),
    rows: (...given) => line.call('store.rows', ...given),
    insert: (...given) => line.call('store.insert', ...given),
  }
}

/** Entries of publications are made for the one who gets them. */
function buffersOf(message: Extract<FromWorker, { kind: 'fold' }>['message']): ArrayBuffer[] {
  if (message.kind === 'assigned') return [message.base.entries.buffer]
  if (message.kind === 'steps') return message.steps.map(({ publication }) => publication.entries.buffer)
  return []
}
