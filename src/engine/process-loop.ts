import type { AlertAction } from '../alerts/alert-action.ts'
import { failpoint } from '../event/failpoint.ts'
import type { RecordBatch, TopicPartition } from '../event/record.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type Refusal,
  type SourceListener,
  type SourceState,
} from '../source/source.ts'
import { EvaluationTurns } from './evaluation-turns.ts'
import { withFuturesRemembered } from './futures.ts'
import type { ProcessEngine } from './process-engine.ts'
import { ShardKeeper } from './shard-keeper.ts'
import { fromNothing } from './shard-start.ts'
import { type TurnOutcome, WorkLoop } from './work-loop.ts'
import type { EngineWorld } from './world.ts'

/**
 * Drives one process in one thread: takes batches from its source, gives its engine time, and passes on what comes out.
 *
 * One loop, never two at once: rows leave between slices, and a state that is saved is one between two records.
 */
export class ProcessLoop implements SourceListener {
  readonly engine: ProcessEngine
  readonly #world: EngineWorld
  readonly #evaluation: EvaluationTurns
  readonly #keeper: ShardKeeper
  readonly #loop: WorkLoop

  /** @param saveEveryMs undefined: states are not saved, as in a replay. */
  constructor(engine: ProcessEngine, world: EngineWorld, saveEveryMs: number | undefined) {
    const process = engine.process.name
    this.engine = engine
    this.#world = world
    this.#evaluation = new EvaluationTurns(engine, world)
    this.#loop = new WorkLoop({
      turn: () => this.#turn(),
      failed: error => {
        // Nothing more is taken: whoever waits for room is let go, and the next batch is told why.
        for (const partition of engine.partitions) partition.clear()
        world.failed(process, error)
      },
    })
    this.#keeper = new ShardKeeper({
      process,
      shards: engine.local,
      world,
      saveEveryMs,
      isCatchingUp: () => engine.isCatchingUp,
      recordEvaluator: () => this.#evaluation.record(),
      failed: error => this.#loop.fail(error),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Ends after the slice that runs, hands out the last rows and saves the state. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#keeper.writeOutput()
    await this.#save()
  }

  /** For logs that end: resolves when everything has been folded and evaluated. Call it once the source has finished. */
  async finish(): Promise<void> {
    await this.#loop.finish()
    this.#keeper.writeOutput()
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    const { engine } = this
    const starts = await this.#world.loadShards(engine.process.name, partitions)
    failpoint('assigned-loaded')
    const answers = new Map<PartitionKey, number | Refusal>()
    for (const { topic, partition } of partitions) {
      const { state, epoch, positions, otherLogs } = starts.get(partition) ?? fromNothing
      const key = partitionKey({ topic, partition })
      engine.assign({ topic, partition }, state, epoch)
      if (otherLogs.includes(key)) engine.forgetSeen(key)
      const position = positions.get(key)
      if (position !== undefined) answers.set(key, position)
    }
    failpoint('assigned')
    this.#loop.wake()
    return answers
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#keeper.writeOutput()
    await this.#save()
    for (const id of partitions) this.engine.revoke(id)
  }

  async batch(batch: RecordBatch): Promise<void> {
    if (this.#loop.failure !== undefined) throw this.#loop.failure
    const taken = this.engine.add(withFuturesRemembered(batch, this.engine.process.name, this.#world))
    this.#evaluation.heard()
    this.#loop.wake()
    await taken
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    this.engine.tellEnd(partition, endOffset, readTo)
    this.#loop.wake()
  }

  state(state: SourceState): void {
    this.#world.sourceState(this.engine.process.name, state)
  }

  /** Ends an alert because a person says so. @returns false: it is not open. @throws Error where it cannot be made durable. */
  resolve(action: AlertAction): Promise<boolean> {
    return this.#loop.outOfTurn(() => this.#evaluation.resolve(action))
  }

  async #turn(): Promise<TurnOutcome> {
    const hasRoom = this.#world.hasRoom()
    await this.#evaluation.lookAtTime(hasRoom)
    if (!hasRoom) {
      this.#keeper.keepWithoutRoom()
      return 'held'
    }
    const hasMore = await this.#evaluation.step()
    this.#keeper.keep()
    return hasMore ? 'more' : 'idle'
  }

  /** What failed may be the record of transitions that the state already has: saved, they would never be told. */
  async #save(): Promise<void> {
    if (this.#loop.failure === undefined) await this.#keeper.save()
  }
}
