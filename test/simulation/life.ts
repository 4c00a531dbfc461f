import { join } from 'node:path'
import type { Logger } from 'pino'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { KafkaConfig } from '../../src/app/config/kafka.ts'
import { goOn, type WorldParts, worldOf } from '../../src/app/engine-world.ts'
import { feedOf } from '../../src/app/feed.ts'
import { FullDisk } from '../../src/app/full-disk.ts'
import { SaveHold } from '../../src/app/live-copy.ts'
import { SavedState, type SavedStateParts } from '../../src/app/saved-state.ts'
import type { SavedShard } from '../../src/app/shard-saves.ts'
import { strictPolicy } from '../../src/app/starting/position-policy.ts'
import { foldInThreads } from '../../src/app/workers/fold-in-threads.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { openSnapshots } from '../../src/journal/snapshots.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { ShardState } from '../../src/shard/shard-state.ts'
import type { Share } from '../../src/source/kafka/assigner.ts'
import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import { RollUps } from '../../src/store/writing/roll-ups.ts'
import { SourceSpans } from '../../src/store/writing/source-spans.ts'
import { Writer, type WriterLimits } from '../../src/store/writing/writer.ts'
import type { JournalOfMessages, Messenger } from './channel.ts'
import type { LogSource } from './logs.ts'
import { type Carry, Threads } from './threads.ts'

/** What one run of the program stands on. */
export type Ground = {
  readonly process: ProcessDefinition
  readonly connection: StoreConnection
  readonly limits: WriterLimits
  readonly saveEveryMs: number
  readonly wallClock: () => number
  /** @param share of the partitions. */
  readonly openSource: (share: Share) => LogSource
  /** So many threads fold; 0: the one that evaluates does. */
  readonly threads: number
  /** A way of carrying messages from one thread to another. */
  readonly newCarry: () => Carry
  readonly openMessenger: (journal: JournalOfMessages, failed: (error: Error) => void) => Messenger
  /** The writer as the program is given it. */
  readonly storeOf: (
    writer: Writer,
  ) => Pick<Writer, 'write' | 'writeThrough' | 'isFull' | 'health' | 'unacknowledged' | 'supersede'>
  /** The world as the engine is given it. */
  readonly worldAround: (world: EngineWorld, engine: ProcessEngine) => EngineWorld
  readonly failed: (error: Error) => void
  /** What the journal holds, before anything is done. */
  readonly recovered: (transitions: readonly AlertTransition[], saved: SavedState) => void
  /** A state of a partition was read. */
  readonly loaded: (partition: number, state: ShardState) => void
}

/** A run of the program that is under way. */
export type Running = {
  readonly engine: ProcessEngine
  readonly sources: readonly LogSource[]
  readonly messenger: Messenger
  /** Ends as a signal ends it. @returns how many rows the store has not acknowledged. */
  stop(): Promise<number>
}

export const DATA = '/data'

/** Threads of the machine read what it has. */
const noKafka: KafkaConfig = {
  client: 'kafkajs',
  groupId: undefined,
  brokers: [],
  clientId: 'simulation',
  ssl: false,
  sasl: undefined,
  positions: strictPolicy,
  deadLetters: undefined,
  schemaRegistry: undefined,
}

/** Tells of what is read, whichever thread it is for. */
class WatchedState extends SavedState {
  readonly #loaded: Ground['loaded']

  constructor(parts: SavedStateParts, loaded: Ground['loaded']) {
    super(parts)
    this.#loaded = loaded
  }

  override async loadShard(process: string, partition: number): Promise<SavedShard | undefined> {
    const shard = await super.loadShard(process, partition)
    if (shard !== undefined) this.#loaded(partition, shard.state)
    return shard
  }
}

const silent = { info() {}, warn() {}, error() {}, fatal() {} } as unknown as Logger

/** Starts the program as `openLive` does, but for what serves people. */
export async function start(ground: Ground): Promise<Running> {
  const { process, connection, wallClock, failed } = ground
  const journalOnDisk = await openJournal(join(DATA, 'journal'))
  const snapshots = await openSnapshots(join(DATA, 'snapshots'))
  const savedParts = { journal: journalOnDisk, local: snapshots, snapshots, onDamaged: () => {} }
  const saved = new WatchedState(savedParts, ground.loaded)
  const rollUps = await RollUps.open(connection)
  const spans = new SourceSpans(connection, rollUps)
  const writer = new Writer(connection, ground.limits, { rollUps, spans })
  const given = ground.storeOf(writer)
  const store: WorldParts['store'] & Pick<Writer, 'writeThrough'> = {
    write: rows => given.write(rows),
    writeThrough: rows => given.writeThrough(rows),
    isFull: () => given.isFull(),
    health: () => given.health(),
    unacknowledged: () => given.unacknowledged(),
    supersede: (...of) => given.supersede(...of),
    flush: () => writer.flush(),
    countKeptRecords: async () => 0,
  }
  const disk = new FullDisk(DATA, silent)
  const epoch = await saved.epochOf(process, undefined)
  const life = await saved.beginLife(async () => 1)
  const engine = new ProcessEngine({ process, mode: 'live', epoch, life, now: wallClock })
  await spans.claim(process.name, engine.source, false)
  const { transitions, unfed } = saved.journal.recover()
  ground.recovered(transitions, saved)
  const feed = feedOf(saved.journal, store, 'simulation', silent)
  store.write({ transitions })
  feed(unfed)
  const journal: JournalOfMessages = {
    append: entry => disk.untilThereIsRoom(() => saved.journal.append(entry)),
    recover: () => saved.journal.recover(),
  }
  const messenger = ground.openMessenger(journal, failed)
  const view = { add() {}, tellMarks() {}, tellEvaluated() {}, setSource() {} }
  const saves = new SaveHold()
  const plain = worldOf({
    saves,
    saved,
    store,
    view,
    hushing: { take() {}, published: () => [], calmed: () => [] },
    engines: [engine],
    feed,
    deadLetterTopic: undefined,
    notifications: { messagesOf: () => [], deliver() {}, evaluated() {} },
    disk,
    policy: strictPolicy,
    logger: silent,
    fail: failed,
  })
  const told: EngineWorld = {
    ...plain,
    publish(name, published) {
      plain.publish(name, published)
      messenger.tell(published)
    },
  }
  const world = ground.worldAround(told, engine)
  const sources: LogSource[] = []
  const openSource = (share: Share) => {
    const source = ground.openSource(share)
    source.failed = failed
    sources.push(source)
    return source
  }
  const { saveEveryMs, limits, newCarry } = ground
  const foldHere = async () => {
    const loop = new ProcessLoop(engine, world, saveEveryMs)
    await goOn(engine, world, saved.journal)
    messenger.start()
    const source = openSource({ index: 0, of: 1 })
    await source.start(loop)
    loop.start()
    return async () => {
      await source.stop()
      await loop.stop()
      return 0
    }
  }
  const foldElsewhere = async () => {
    const threads = new Threads({
      ...{ limits, wallClock, openSource, newCarry },
      processes: [process],
      logger: silent,
    })
    const folding = await foldInThreads({
      ...{ engines: [engine], world, saves, saved, disk, life, saveEveryMs, logger: silent, fail: failed },
      workers: { count: ground.threads, kafka: noKafka, rules: [] },
      store: { ...store, connection },
      policy: strictPolicy,
      data: DATA,
      snapshotsIn: 'directory',
      replaces: false,
      visits: { keep: 'all' },
      withRecords: false,
      openThread: (begun, broken) => threads.open(begun, broken),
    })
    messenger.start()
    return async () => {
      await folding.stop()
      return threads.unwrittenRows
    }
  }
  const stopFolding = await (ground.threads === 0 ? foldHere() : foldElsewhere())
  return {
    ...{ engine, sources, messenger },
    async stop() {
      disk.stop()
      const unwritten = (await stopFolding()) + (await writer.close(5_000))
      messenger.stop()
      snapshots.close()
      await journalOnDisk.close()
      return unwritten
    },
  }
}
