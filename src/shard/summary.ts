import type { MeasureWindows } from '../windows/measure-windows.ts'
import type { StageWindows } from '../windows/stage-windows.ts'
import type { PartitionCounts } from './counts.ts'
import type { ReadPositions } from './read-positions.ts'
import type { ShardView } from './view.ts'
import type { Watermarks } from './watermarks.ts'

/** How far a shard has come; with it the entries before are complete. */
export type ShardSummary = {
  readonly partition: number
  readonly epoch: number
  /** By topic: behind the last record. What lies there that is none changes nothing, and is told without a summary. */
  readonly recordsEnd: readonly number[]
  /** By topic. */
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

export type StageSummary = MeasureSummary & {
  /** The first pane that its history knows of. */
  readonly historySince: number
  /** The oldest coarse pane that its history keeps. */
  readonly historyKeptSince: number
}

type Folded = Pick<ShardView, 'partition' | 'casesInMemory' | 'countsOf' | 'isPartial' | 'isMeasurePartial'> & {
  readonly allStages: readonly StageWindows[]
  readonly measures: readonly MeasureWindows[]
}

export function summaryOf(
  shard: Folded,
  { topics, epoch }: { readonly topics: readonly string[]; readonly epoch: number },
  watermarks: Watermarks,
  { recordsEnd }: Pick<ReadPositions, 'recordsEnd'>,
): ShardSummary {
  return {
    partition: shard.partition,
    epoch,
    recordsEnd: recordsEnd.slice(),
    watermarks: watermarks.snapshot(),
    counts: topics.map((_, topic) => structuredClone(shard.countsOf(topic))),
    horizon: watermarks.time.horizon,
    casesInMemory: shard.casesInMemory,
    stages: shard.allStages.map(({ settledUntil, keptSince, history }, stage) => {
      return {
        settledUntil,
        keptSince,
        isPartial: shard.isPartial(stage),
        historySince: history?.since ?? -Infinity,
        historyKeptSince: history?.keptSince ?? -Infinity,
      }
    }),
    measures: shard.measures.map(({ settledUntil, keptSince }, measure) => {
      return { settledUntil, keptSince, isPartial: shard.isMeasurePartial(measure) }
    }),
  }
}
