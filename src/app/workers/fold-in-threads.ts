import type { Logger } from 'pino'
import { EvaluationLoop } from '../../engine/evaluation-loop.ts'
import type { ProcessEngine } from '../../engine/process-engine.ts'
import type { EngineWorld } from '../../engine/world.ts'
import type { SourceFile } from '../../model/yaml-file.ts'
import type { VisitPolicy } from '../../shard/visit-policy.ts'
import type { Store } from '../../store/store.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import { goOn } from '../engine-world.ts'
import type { FullDisk } from '../full-disk.ts'
import type { SaveHold } from '../live-copy.ts'
import type { SavedState } from '../saved-state.ts'
import type { PositionPolicy } from '../starting/position-policy.ts'
import { StartsTogether } from './starts-together.ts'
import { type OpenThread, WorkerThreads } from './worker-threads.ts'

/** How many threads fold, and what they read. */
export type Workers = {
  readonly count: number
  readonly kafka: KafkaConfig
  /** The files that the definitions were read from. */
  readonly rules: readonly SourceFile[]
}

export type FoldInThreadsParts = {
  readonly workers: Workers
  readonly engines: readonly ProcessEngine[]
  readonly world: EngineWorld
  readonly saves: SaveHold
  readonly saved: SavedState
  readonly store: Pick<Store, 'connection' | 'flush' | 'countKeptRecords'>
  readonly disk: FullDisk
  readonly policy: PositionPolicy
  readonly data: string
  /** Of the program: see `positionOf`. */
  readonly life: number
  readonly snapshotsIn: 'directory' | 'clickhouse'
  readonly saveEveryMs: number
  readonly replaces: boolean
  readonly visits: VisitPolicy
  readonly withRecords: boolean
  /** Default: a thread of Node's. */
  readonly openThread?: OpenThread
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

export type FoldingThreads = {
  /** By process. */
  readonly loops: ReadonlyMap<string, EvaluationLoop>
  readonly threads: WorkerThreads
  stop(): Promise<void>
}

/** Lets threads fold all processes, and evaluates them here. */
export async function foldInThreads(parts: FoldInThreadsParts): Promise<FoldingThreads> {
  const { workers, engines, world, saves, saved, store, disk, policy, logger, fail } = parts
  const loops = new Map<string, EvaluationLoop>()
  for (const engine of engines) {
    await goOn(engine, world, saved.journal)
    const maySave = (isOver: Promise<void>) => saves.begin(isOver)
    loops.set(engine.process.name, new EvaluationLoop(engine, { ...world, maySave }))
  }
  const processes = engines.map(({ process }) => process)
  const starts = new StartsTogether({
    saved,
    policy,
    processes,
    count: workers.count,
    async countStored(process, { topic, partition }, from, before) {
      await store.flush()
      return store.countKeptRecords({ process, topic, partition, from, before })
    },
    now: Date.now,
    logger,
  })
  const threads = new WorkerThreads({
    count: workers.count,
    start: {
      rules: workers.rules,
      kafka: workers.kafka,
      data: parts.data,
      logLevel: logger.level,
      life: parts.life,
      snapshotsIn: parts.snapshotsIn,
      saveEveryMs: parts.saveEveryMs,
      replaces: parts.replaces,
      visits: parts.visits,
      withRecords: parts.withRecords,
      epochs: new Map(engines.map(({ process, epoch }) => [process.name, epoch])),
      futures: saved.journal.recover().futures,
    },
    processes,
    loops,
    store,
    saved,
    starts,
    decided({ process, topic, partition, offset }) {
      disk
        .untilThereIsRoom(() => saved.journal.append({ kind: 'future', process, topic, partition, offset }))
        .catch(fail)
    },
    openThread: parts.openThread,
    logger,
    fail,
  })
  for (const loop of loops.values()) loop.start()
  return {
    loops,
    threads,
    async stop() {
      await threads.stop()
      for (const loop of loops.values()) await loop.stop()
    },
  }
}
