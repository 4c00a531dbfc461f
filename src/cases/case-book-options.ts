import type { AttributeTable } from '../event/attribute-table.ts'
import type { DueSink } from './due-positions.ts'
import type { FoldTime } from './fold-time.ts'
import type { EventSink } from './kept-event.ts'
import type { OpenCaseSink } from './open-case-sink.ts'
import type { ProcessPlan } from './process-plan.ts'
import type { SegmentTable } from './segment-table.ts'
import type { VisitSink } from './visit.ts'

export type CaseBookOptions = {
  readonly plan: ProcessPlan
  readonly table: AttributeTable
  readonly segments: readonly SegmentTable[]
  /** By stage. */
  readonly sinks: readonly VisitSink[]
  /** By stage: is told which cases are open in it; undefined: nobody asks. */
  readonly openCases: readonly (OpenCaseSink | undefined)[]
  /** Is told where open cases with a due instant stand; only where the plan has deadlines. */
  readonly due: DueSink
  /** Of the shard; whoever folds moves it on. */
  readonly time: FoldTime
  /** Is told of counted events; undefined: nobody asks. */
  readonly counted: EventSink | undefined
  /** Topic partitions that feed the book. */
  readonly sources: number
  /** Whether rows of changed visits are wanted. */
  readonly withVisits: boolean
  /** Whether rows are wanted also of visits of the case that are open and had not ended before. */
  readonly showsOpenVisits: (caseId: string) => boolean
  readonly limits: CaseLimits
}

/** What a shard holds at most. */
export type CaseLimits = { readonly cases: number; readonly eventsPerCase: number }
