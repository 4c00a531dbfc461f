import type { MeasureWindows } from '../windows/measure-windows.ts'
import type { StageWindows } from '../windows/stage-windows.ts'
import type { PartitionCounts } from './counts.ts'
import type { ShardView } from './view.ts'
import type { Watermarks } from './watermarks.ts'

/** How far a shard has come; with it the entries before are complete. */
export type ShardSummary = {
  readonly partition: number
  readonly epoch: number
  /** By topic. */
  readonly nextOffsets: readonly number[]
  readonly watermarks: readonly number[]
  readonly counts: readonly PartitionCounts[]
  readonly horizon: number
  readonly casesInMemory: number
  /** Rests included. */
  readonly stages: readonly StageSummary[]
  readonly measures: readonly MeasureSummary[]
}

export type MeasureSummary = {
  readonly settledUntil: number
  readonly keptSince: number
  readonly isPartial: boolean
}

/** `historySince`: the first pane that its history knows of. */
export type StageSummary = MeasureSummary & { readonly historySince: number }

type Folded = Pick<
  ShardView,
  'partition' | 'casesInMemory' | 'countsOf' | 'nextOffsetOf' | 'isPartial' | 'isMeasurePartial'
> & {
  readonly allStages: readonly StageWindows[]
  readonly measures: readonly MeasureWindows[]
}

export function summaryOf(
  shard: Folded,
  { topics, epoch }: { readonly topics: readonly string[]; readonly epoch: number },
  watermarks: Watermarks,
): ShardSummary {
  return {
    partition: shard.partition,
    epoch,
    nextOffsets: topics.map((_, topic) => shard.nextOffsetOf(topic)),
    watermarks: watermarks.snapshot(),
    counts: topics.map((_, topic) => structuredClone(shard.countsOf(topic))),
    horizon: watermarks.time.horizon,
    casesInMemory: shard.casesInMemory,
    stages: shard.allStages.map(({ settledUntil, keptSince, history }, stage) => {
      return { settledUntil, keptSince, isPartial: shard.isPartial(stage), historySince: history?.since ?? -Infinity }
    }),
    measures: shard.measures.map(({ settledUntil, keptSince }, measure) => {
      return { settledUntil, keptSince, isPartial: shard.isMeasurePartial(measure) }
    }),
  }
}
