import type { AttributeValue, CaseId } from '../event/event.ts'
import type { Instant } from '../event/instant.ts'
import type { SegmentKey } from '../event/segment.ts'

/** What a visit is at every moment of its life. Its identity is (process, stage, case, start, ordinal). */
type VisitBase = {
  /** Position in the process's `stages`. */
  readonly stage: number
  readonly case: CaseId
  /** 1 for the run's first visit of the stage; information, no identity. */
  readonly visit: number
  readonly start: Instant
  /** 0, or 1, 2, … for further visits of the same stage and case that start at the very same instant. */
  readonly ordinal: number
  /** Segment as known at entry: of `entered` and `reworked`. */
  readonly entrySegment: SegmentKey
  /** Segment as known when it ended, or the latest known while it is open. */
  readonly segment: SegmentKey
  /** The run's attribute values at that same moment, in the order of the process's `attributes`. */
  readonly attributes: readonly AttributeValue[]
}

export type OpenVisit = VisitBase & { readonly outcome: 'open' }

export type EndedVisit = VisitBase & {
  readonly outcome: 'completed' | 'abandoned' | 'expired'
  readonly end: Instant
  /** For `abandoned`: the group of `ends` that ended the run. */
  readonly reason: string | undefined
}

/** One passage of a case through a stage. */
export type Visit = OpenVisit | EndedVisit

/** +1: the visit is so; −1: it is no longer so. A change of a visit is its old form with −1, then its new with +1. */
export type VisitChange = { readonly sign: 1 | -1; readonly visit: Visit }
