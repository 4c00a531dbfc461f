import type { SegmentKey } from '../../event/segment.ts'

/** An open visit of a stage, one of those that entered first. */
export type OldestVisit = {
  /** The case's id, as much of it as is shown. */
  readonly case: string
  readonly start: number
  /** undefined: it is never due. */
  readonly due: VisitDue | undefined
}

/** When a visit is due, and where within its deadline its case stands. */
export type VisitDue = {
  readonly at: number
  /** Stage, or rest of one. */
  readonly position: number
  /** Of the visit there; undefined: that stage is not cut. */
  readonly segment: SegmentKey | undefined
  readonly entry: number
}

/** What the open cases of a stage are worth together. */
export type AtStake = {
  /** A whole number. */
  readonly sum: bigint
  /** So many of them say what they are worth. */
  readonly cases: number
}

/**
 * The open cases of one shard, by the stages that rules watch: read where they are folded (`open-cases.ts`), or in a replica.
 *
 * `segment` is one of the stage's; undefined: all of them.
 */
export interface OpenCasesView {
  /** At most `MOST_OLDEST`, by entry, then by case; none of a stage that no rule watches. */
  oldest(stage: number, segment: SegmentKey | undefined): readonly OldestVisit[]
  atStake(stage: number, segment: SegmentKey | undefined): AtStake
}

/** So many are told of one stage and segment. */
export const MOST_OLDEST = 5

type Aged = Pick<OldestVisit, 'case' | 'start'>

/** By entry, then by case. */
const byAge = (left: Aged, right: Aged): number =>
  left.start - right.start || (left.case < right.case ? -1 : left.case > right.case ? 1 : 0)

/** Ids are as long as their producers like. */
export const shownId = (id: string): string =>
  id.length <= MOST_CHARACTERS ? id : `${id.slice(0, MOST_CHARACTERS - 1)}…`

const MOST_CHARACTERS = 200

/** Puts a visit among the oldest. */
export function addToOldest<Visit extends Aged>(oldest: Visit[], visit: Visit): void {
  let at = oldest.length
  while (at > 0 && byAge(visit, oldest[at - 1] as Visit) < 0) at--
  if (at === MOST_OLDEST) return
  oldest.splice(at, 0, visit)
  if (oldest.length > MOST_OLDEST) oldest.pop()
}
