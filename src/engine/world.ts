import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { ShardState } from '../shard/shard-state.ts'
import type { AssignedPartition, SourceState } from '../source/source.ts'
import type { EvaluatorState } from './process-engine.ts'
import type { ShardStart } from './shard-start.ts'

/** What the fold of a process needs from the world around it. */
export interface FoldWorld {
  /** Rows for the store. */
  write(output: ShardOutput): void
  /** Whether the store takes more rows now. While it does not, records wait and sources are held back. */
  hasRoom(): boolean
  /** With what the shards of these partitions begin, by partition number; one that is missing begins with nothing. */
  loadShards(process: string, partitions: readonly AssignedPartition[]): Promise<ReadonlyMap<number, ShardStart>>
  /**
   * Saves shards' states. It must read them before it awaits anything: they are live.
   *
   * @param after they may become durable when this has resolved, and not before; where it rejects they do not.
   */
  saveShards(process: string, shards: ReadonlyMap<number, ShardState>, after: Promise<void>): Promise<void>
  /** Whether the record was rejected as `future` when it was first read: it stays so. */
  wasFuture(process: string, topic: string, partition: number, offset: number): boolean
  sourceState(process: string, state: SourceState): void
  /** The process cannot go on: a broken invariant, or a record that could not be made durable. */
  failed(process: string, error: Error): void
}

/** What the evaluation of a process needs from it. */
export interface EvaluationWorld {
  /** Makes an evaluation durable. Nobody hears of its transitions before this has resolved. */
  record(process: string, at: Instant, transitions: readonly AlertTransition[], state: EvaluatorState): Promise<void>
  /** Tells the world of transitions that are durable. */
  publish(process: string, transitions: readonly AlertTransition[]): void
  /** An evaluation has been made, with or without transitions. */
  evaluated(process: string): void
  /** As that of the fold. */
  failed(process: string, error: Error): void
}

export type EngineWorld = FoldWorld & EvaluationWorld
