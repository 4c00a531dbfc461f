import { join } from 'node:path'
import type { Logger } from 'pino'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { goOn, type WorldParts, worldOf } from '../../src/app/engine-world.ts'
import { feedOf } from '../../src/app/feed.ts'
import { FullDisk } from '../../src/app/full-disk.ts'
import { SaveHold } from '../../src/app/live-copy.ts'
import { SavedState } from '../../src/app/saved-state.ts'
import { strictPolicy } from '../../src/app/starting/position-policy.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { openSnapshots } from '../../src/journal/snapshots.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { StoreConnection } from '../../src/store/clickhouse/connection.ts'
import { RollUps } from '../../src/store/writing/roll-ups.ts'
import { SourceSpans } from '../../src/store/writing/source-spans.ts'
import { Writer, type WriterLimits } from '../../src/store/writing/writer.ts'
import type { JournalOfMessages, Messenger } from './channel.ts'
import type { LogSource } from './logs.ts'

/** What one run of the program stands on. */
export type Ground = {
  readonly process: ProcessDefinition
  readonly connection: StoreConnection
  readonly limits: WriterLimits
  readonly saveEveryMs: number
  readonly wallClock: () => number
  readonly openSource: () => LogSource
  readonly openMessenger: (journal: JournalOfMessages, failed: (error: Error) => void) => Messenger
  /** The writer as the program is given it. */
  readonly storeOf: (
    writer: Writer,
  ) => Pick<Writer, 'write' | 'writeThrough' | 'isFull' | 'unacknowledged' | 'supersede'>
  /** The world as the engine is given it. */
  readonly worldAround: (world: EngineWorld, engine: ProcessEngine) => EngineWorld
  readonly failed: (error: Error) => void
  /** What the journal holds, before anything is done. */
  readonly recovered: (transitions: readonly AlertTransition[], saved: SavedState) => void
}

/** A run of the program that is under way. */
export type Running = {
  readonly engine: ProcessEngine
  readonly loop: ProcessLoop
  readonly source: LogSource
  readonly messenger: Messenger
  /** Ends as a signal ends it. @returns how many rows the store has not acknowledged. */
  stop(): Promise<number>
}

export const DATA = '/data'

const silent = { info() {}, warn() {}, error() {}, fatal() {} } as unknown as Logger

/** Starts the program as `openLive` does, but for what serves people. */
export async function start(ground: Ground): Promise<Running> {
  const { process, connection, wallClock, failed } = ground
  const journalOnDisk = await openJournal(join(DATA, 'journal'))
  const snapshots = await openSnapshots(join(DATA, 'snapshots'))
  const saved = new SavedState({ journal: journalOnDisk, local: snapshots, snapshots, onDamaged: () => {} })
  const rollUps = await RollUps.open(connection)
  const spans = new SourceSpans(connection, rollUps)
  const writer = new Writer(connection, ground.limits, { rollUps, spans, visits: { keep: 'all' } })
  const given = ground.storeOf(writer)
  const store: WorldParts['store'] & Pick<Writer, 'writeThrough'> = {
    write: rows => given.write(rows),
    writeThrough: rows => given.writeThrough(rows),
    isFull: () => given.isFull(),
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
  const view = { add() {}, tellEvaluated() {}, setSource() {} }
  const plain = worldOf({
    saves: new SaveHold(),
    saved,
    store,
    view,
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
  const loop = new ProcessLoop(engine, world, ground.saveEveryMs)
  await goOn(engine, world, saved)
  messenger.start()
  const source = ground.openSource()
  source.failed = failed
  await source.start(loop)
  loop.start()
  return {
    ...{ engine, loop, source, messenger },
    async stop() {
      disk.stop()
      await source.stop()
      await loop.stop()
      const unwritten = await writer.close(5_000)
      messenger.stop()
      snapshots.close()
      await journalOnDisk.close()
      return unwritten
    },
  }
}
