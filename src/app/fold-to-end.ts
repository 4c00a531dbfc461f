import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { ProcessLoop } from '../engine/process-loop.ts'
import type { EngineWorld } from '../engine/world.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { Source } from '../source/source.ts'

export type FoldSinks = {
  readonly write: (rows: ShardOutput) => void
  readonly publish: (transitions: readonly AlertTransition[]) => void
}

/**
 * Folds logs that end, and evaluates to their end: the loop that runs live, with nothing durable behind it.
 *
 * @throws what the source or the engine fails with; the source has been stopped then.
 */
export async function foldToEnd(engine: ProcessEngine, source: Source, { write, publish }: FoldSinks): Promise<void> {
  let broke: Error | undefined
  const world: EngineWorld = {
    write,
    hasRoom: () => true,
    isSaveUrgent: () => false,
    isStoreAway: () => false,
    record: async () => {},
    publish: (_, transitions) => publish(transitions),
    evaluated: () => {},
    loadShards: async () => new Map(),
    saveShards: async () => {},
    wasFuture: () => false,
    sourceState: () => {},
    failed: (_, error) => {
      broke = error
      void source.stop()
    },
  }
  const loop = new ProcessLoop(engine, world, undefined)
  try {
    // Every topic has to be known before the first evaluation: what comes meanwhile waits in the queues.
    await source.start(loop)
    loop.start()
    await source.finished
    await loop.finish()
  } finally {
    await source.stop()
    await loop.stop()
  }
  if (broke !== undefined) throw broke
}
