import type { DueLedger } from '../windows/due-ledger.ts'
import type { MeasureView, StageView } from '../windows/views.ts'
import type { PartitionCounts } from './counts.ts'
import type { OpenCasesView } from './open-cases/view.ts'

/** What is read of a shard to evaluate and to show it: where it is folded (`shard.ts`), or of its replica (`replica.ts`). */
export interface ShardView {
  readonly partition: number
  readonly stages: readonly StageView[]
  /** The stages, and behind them the rests that deadlines ask for, which nobody sees. */
  readonly allStages: readonly StageView[]
  /** Of each measure of the process. */
  readonly measures: readonly MeasureView[]
  /** Where its open cases stand within deadlines. */
  readonly due: DueLedger
  readonly openCases: OpenCasesView
  readonly casesInMemory: number
  /** Rises whenever a segment came or went, so that a reader knows when to look again. */
  readonly segmentsVersion: number
  /** How far event time has come in the topic; `-Infinity` before the first event. */
  watermarkOf(topic: number): number
  nextOffsetOf(topic: number): number
  countsOf(topic: number): PartitionCounts
  /** Whether values of its segments are incomplete. */
  isPartial(stage: number): boolean
  isMeasurePartial(measure: number): boolean
}
