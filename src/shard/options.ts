import type { ProcessDefinition } from '../model/definitions.ts'
import type { VisitPolicy } from './visit-policy.ts'

export type ShardOptions = {
  readonly process: ProcessDefinition
  /** Partition number, the same in all topics of the process. */
  readonly partition: number
  readonly topics: readonly string[]
  /** Rises when the topics are others than before or history is read anew on purpose. */
  readonly epoch: number
  /** Which visits have rows; panes count all of them. Default: all. */
  readonly visits?: VisitPolicy
  /** Whether records are put out as they came. Default: no. */
  readonly withRecords?: boolean
  /**
   * Which life of the program it is that folds, from 0: rows of a later one replace those of an earlier one, however far
   * that had come. Default: 0.
   */
  readonly life?: number
  /** What rows name as their source. Default: the topics. */
  readonly source?: string
  /** Whether somebody takes publications. Default: no. */
  readonly isPublished?: boolean
}
