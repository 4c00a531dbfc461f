import { deserialize, serialize } from 'node:v8'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { EvaluatorHours, EvaluatorState } from '../../src/engine/evaluator-state.ts'
import { goingOn, type ShardStart } from '../../src/engine/shard-start.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import type { Instant } from '../../src/event/instant.ts'
import type { TopicPartition } from '../../src/event/record.ts'
import type { HourOfValues } from '../../src/rules/hourly-values.ts'
import type { ShardOutput } from '../../src/shard/output.ts'
import type { ShardState } from '../../src/shard/shard-state.ts'

/** The world around a process, in memory: it writes down what it is told, and does what the test has set. */
export class RecordingWorld implements EngineWorld {
  readonly outputs: ShardOutput[] = []
  readonly recorded: { at: Instant; transitions: readonly AlertTransition[]; state: EvaluatorState }[] = []
  /** All that were recorded. */
  readonly hours: HourOfValues[] = []
  readonly published: AlertTransition[] = []
  readonly saved = new Map<number, Buffer>()
  readonly failures: Error[] = []
  /** Called by `hasRoom`, so that a test can wait until the loop has come by. */
  askedForRoom = 0
  isFull = false
  isAway = false
  isUrgent = false
  /** What recording does before it is done; a test makes it wait or fail. */
  beforeRecorded: () => Promise<void> = async () => {}

  write(output: ShardOutput): void {
    this.outputs.push(output)
  }

  hasRoom(): boolean {
    this.askedForRoom++
    return !this.isFull
  }

  isSaveUrgent(): boolean {
    return this.isUrgent
  }

  isStoreAway(): boolean {
    return this.isAway
  }

  async record(
    _process: string,
    at: Instant,
    transitions: readonly AlertTransition[],
    state: EvaluatorState,
    { begun }: EvaluatorHours,
  ): Promise<void> {
    const entry = structuredClone({ at, transitions, state })
    await this.beforeRecorded()
    this.recorded.push(entry)
    this.hours.push(...begun)
  }

  publish(_process: string, transitions: readonly AlertTransition[]): void {
    this.published.push(...transitions)
  }

  evaluated(): void {}

  async loadShards(_process: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<number, ShardStart>> {
    const starts = partitions.map(({ partition }) => {
      const saved = this.saved.get(partition)
      return [partition, goingOn(saved === undefined ? undefined : deserialize(Buffer.from(saved)), partition)] as const
    })
    return new Map(starts)
  }

  async saveShards(_process: string, shards: ReadonlyMap<number, ShardState>, after: Promise<void>): Promise<void> {
    const states = [...shards].map(([partition, state]) => [partition, serialize(state)] as const)
    await after
    for (const [partition, bytes] of states) this.saved.set(partition, bytes)
  }

  wasFuture(): boolean {
    return false
  }

  maySave(): boolean {
    return true
  }

  sourceState(): void {}

  failed(_process: string, error: Error): void {
    this.failures.push(error)
  }
}
