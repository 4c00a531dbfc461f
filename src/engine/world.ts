import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { ShardState } from '../shard/shard-state.ts'
import type { AssignedPartition, SourceState } from '../source/source.ts'
import type { EvaluatorHours, EvaluatorState } from './evaluator-state.ts'
import type { SavePace } from './save-pace.ts'
import type { ShardStart } from './shard-start.ts'

/** What the fold of a process needs from the world around it. */
export interface FoldWorld {
  /** Rows of one shard for the store. They may have to wait for a state to be saved that they follow from. */
  write(output: ShardOutput): void
  /** Whether the store takes more rows now. While it does not, records wait and sources are held back. */
  hasRoom(): boolean
  /** Whether so many rows wait for a state of the process to be saved that this should not wait for its time. */
  isSaveUrgent(process: string): boolean
  /** Whether rows only wait at present, however often they are handed over. */
  isStoreAway(): boolean
  /** With what the shards of these partitions begin, by partition number; one that is missing begins with nothing. */
  loadShards(process: string, partitions: readonly AssignedPartition[]): Promise<ReadonlyMap<number, ShardStart>>
  /**
   * Saves shards' states. It must read them before it awaits anything: they are live. Their pages are left alone until it
   * has resolved, and may be written to after that.
   *
   * @param after they may become durable when this has resolved, and not before; where it rejects they do not.
   * @param pace at which they are written; absent: at once.
   */
  saveShards(
    process: string,
    shards: ReadonlyMap<number, ShardState>,
    after: Promise<void>,
    pace?: SavePace,
  ): Promise<void>
  /** Whether the record was rejected as `future` when it was first read: it stays so. */
  wasFuture(process: string, topic: string, partition: number, offset: number): boolean
  sourceState(process: string, state: SourceState): void
  /** The process cannot go on: a broken invariant, or a record that could not be made durable. */
  failed(process: string, error: Error): void
}

/** What the evaluation of a process needs from it. */
export interface EvaluationWorld {
  /**
   * Makes an evaluation durable. Nobody hears of its transitions before this has resolved.
   *
   * @param hours what the evaluator has begun to remember since the record before; what is older than `keepFrom` is forgotten.
   * @param action the transitions come of it: it is durable with them, or nothing is.
   */
  record(
    process: string,
    at: Instant,
    transitions: readonly AlertTransition[],
    state: EvaluatorState,
    hours: EvaluatorHours,
    action?: AlertAction,
  ): Promise<void>
  /**
   * Tells the world of transitions that are durable.
   *
   * @param readAt when the oldest of the records was read that they were judged with for the first time; absent: there were
   *   none, or they are of the past.
   */
  publish(process: string, transitions: readonly AlertTransition[], readAt?: Instant): void
  /** An evaluation has been made, with or without transitions. @param readAt of the records that nothing was told of before. */
  evaluated(process: string, readAt?: Instant): void
  /** As that of the fold. */
  failed(process: string, error: Error): void
}

export type EngineWorld = FoldWorld & EvaluationWorld
