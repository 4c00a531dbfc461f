import type { CaseBookState } from '../cases/case-book.ts'
import type { SegmentTableState } from '../cases/segment-table.ts'
import type { ChangedVisit } from '../cases/visit.ts'
import type { AttributeTableState } from '../event/attribute-table.ts'
import type { StageWindowsState } from '../windows/stage-windows.ts'
import type { PartitionCounts } from './counts.ts'
import type { MeasureState } from './measures.ts'

/** A shard's whole state, as plain data. */
export type ShardState = {
  readonly topics: readonly string[]
  readonly epoch: number
  readonly nextOffsets: readonly number[]
  readonly watermarks: readonly number[]
  readonly counts: readonly PartitionCounts[]
  readonly attributes: AttributeTableState
  readonly segments: readonly SegmentTableState[]
  readonly changedVisits: readonly ChangedVisit[]
  readonly cases: CaseBookState
  readonly stages: readonly StageWindowsState[]
  readonly measures: readonly MeasureState[]
}
