import type { ShardState } from '../shard/shard-state.ts'
import { type PartitionKey, type Positions, partitionKey } from '../source/source.ts'

/** With what a shard begins, and where in its logs. */
export type ShardStart = {
  /** undefined: with nothing. */
  readonly state: ShardState | undefined
  /** Of the rows that it puts out; undefined: the engine's own. */
  readonly epoch: number | undefined
  /** Of its rows; absent: that of the program. @see positionOf */
  readonly life?: number
  /** Of its topic partitions; one without an entry is read from where its source begins. */
  readonly positions: Positions
  /** Logs that took the place of others: how far an evaluator had seen the former ones says nothing of these. */
  readonly otherLogs: readonly PartitionKey[]
}

export const fromNothing: ShardStart = { state: undefined, epoch: undefined, positions: new Map(), otherLogs: [] }

/** Goes on where the state was taken. */
export function goingOn(state: ShardState | undefined, partition: number): ShardStart {
  if (state === undefined) return fromNothing
  const read = state.topics.flatMap((topic, index) => {
    const next = state.nextOffsets[index] ?? 0
    return next > 0 ? [[partitionKey({ topic, partition }), next] as const] : []
  })
  return { state, epoch: undefined, positions: new Map(read), otherLogs: [] }
}
