/**
 * A thread that folds some partitions of all processes: it has a Kafka consumer, shards, rows on their way to the store and
 * states on their way to the disk of its own. What it shares with others goes through the main thread: the store's
 * connection, the journal, and the evaluation, which it tells what changed.
 */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import { FoldLoop } from '../../engine/fold-loop.ts'
import type { FoldWorld } from '../../engine/world.ts'
import type { Instant } from '../../event/instant.ts'
import { futureKey } from '../../journal/journal-state.ts'
import { openSnapshots } from '../../journal/snapshots.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { loadDefinitions } from '../../model/load.ts'
import type { LogFound } from '../../source/log.ts'
import { type PartitionKey, partitionKey, type Source } from '../../source/source.ts'
import type { StoreConnection } from '../../store/clickhouse/connection.ts'
import { openStoreOn } from '../../store/store.ts'
import { openDeadLetterTopic } from '../dead-letters.ts'
import { foldWorldOf } from '../fold-world.ts'
import { FullDisk } from '../full-disk.ts'
import { Mistakes } from '../mistakes.ts'
import { openProcessSource } from '../process-source.ts'
import { ShardSaves } from '../shard-saves.ts'
import { withStoredRecords } from '../starting/stored-records.ts'
import { storedSnapshots } from '../stored-snapshots.ts'
import { Superseding } from '../superseding.ts'
import { problemOf, ThreadLine, type ThreadPort } from './calls.ts'
import type { AskedPartition, FromWorker, StartsAnswer, ToWorker, WorkerStart } from './messages.ts'

const LOOK_EVERY_MS = 1_000
/** Rows that do not make it in time are in the snapshot, so a stop need not wait for them. */
const STORE_CLOSES_WITHIN_MS = 500

const start = workerData as WorkerStart
const port = parentPort as ThreadPort

async function run(): Promise<void> {
  const { definitions, problems } = loadDefinitions(start.rules)
  if (definitions === undefined) throw new Mistakes(problems)
  const logger = pino({ level: start.logLevel }).child({ worker: start.share.index })
  const disk = new FullDisk(start.data, logger)
  const loops = new Map<string, FoldLoop>()
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
  const store = await openStoreOn(lentConnection(line), start.visits)
  const deadLetterTopic = openDeadLetterTopic(start.kafka, definitions, logger)
  const snapshots =
    start.snapshotsIn === 'clickhouse'
      ? storedSnapshots(store, logger)
      : await openSnapshots(join(start.data, 'snapshots'), false)
  const shards = new ShardSaves(snapshots, passed => line.call('passed', passed))
  const leaving = foldWorldOf({
    store,
    deadLetterTopic,
    shards,
    // The main thread says when states may be saved.
    saves: { saveUnlessHeld: save => save() },
    disk,
    decided: ({ key: _, value: __, ...letter }) => line.send({ kind: 'future', letter }),
  })
  const sinceOf = (process: string, partition: number) => shards.originOf(process, partition)?.since ?? 0
  const folds = () => [...loops.values()]
  const superseding = new Superseding(store, leaving.write, folds, sinceOf)
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
      for (const output of answer.unwritten) leaving.write(output)
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
      withRecords: start.withRecords,
      saveEveryMs: start.saveEveryMs,
      now: Date.now,
      world,
      tell: message => line.send({ kind: 'fold', process: name, message }, buffersOf(message)),
    })
    await store.claim(name, loop.source, start.replaces)
    loops.set(name, loop)
    superseding.await(name)
    const opened = openProcessSource(start.kafka, process, logger, start.share)
    const source = withStoredRecords(
      opened,
      (id, from, before) => store.keptRecords({ ...id, process: name, from, before }),
      Date.now,
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

  async function stop(): Promise<void> {
    clearInterval(look)
    disk.stop()
    await Promise.all(sources.map(source => source.stop()))
    await Promise.all(folds().map(loop => loop.stop()))
    snapshots.close()
    await deadLetterTopic?.close(STORE_CLOSES_WITHIN_MS)
    await store.close(STORE_CLOSES_WITHIN_MS)
  }

  for (const process of definitions.processes) await open(process)
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

await run()
