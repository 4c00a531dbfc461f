import type { AttributeValue } from '../event/event.ts'

/** How a visit left its stage. */
export type Leaving = 'completed' | 'abandoned' | 'expired'

/**
 * Takes the changes of one stage's visits, as the windows count them. The sum of all changes is always the present set
 * of visits: sign 1 says that something is so, -1 that it is no longer so.
 *
 * `slot` names the segment, as the stage's `SegmentTable` gave it; instants are in ms.
 */
export type VisitSink = {
  /** A visit that entered, by its segment at entry. */
  enter(slot: number, at: number, isRework: boolean, sign: 1 | -1): void
  /** A visit that is open, by its present segment. */
  appear(slot: number, start: number, sign: 1 | -1): void
  /** An open visit whose segment became another. */
  move(from: number, to: number, start: number): void
  /**
   * A visit that left.
   *
   * @param before its segment just before the event that closed it, which `slot` may differ from.
   * @param labels tuple of its labels at leaving: one under `__other__` has the target of its own segment all the same.
   * @param due the instant at which it was due, as known at leaving; NaN where its events named none.
   */
  leave(
    slot: number,
    before: number,
    start: number,
    end: number,
    how: Leaving,
    sign: 1 | -1,
    labels: number,
    due: number,
  ): void
}

/** A visit as it is now, of those that changed. Its identity is (process, stage, case, start, ordinal). */
export type ChangedVisit = {
  /** Position in the process's `stages`. */
  readonly stage: number
  readonly case: string
  readonly start: number
  /** 0, or 1, 2, … for further visits of the same stage and case that start at the very same instant. */
  readonly ordinal: number
  /** It had ended before it changed. */
  readonly corrected: boolean
} & ({ readonly deleted: true } | ({ readonly deleted: false } & VisitNow))

type VisitNow = {
  /** 1 for the run's first visit of the stage; information, no identity. */
  readonly visit: number
  readonly outcome: 'open' | Leaving
  /** Meaningless while open. */
  readonly end: number
  /** For `abandoned`: position in the process's `ends`; else -1. */
  readonly group: number
  /** The run's attribute values when it ended, or the latest known, in the order of the process's `attributes`. */
  readonly attributes: readonly AttributeValue[]
}
