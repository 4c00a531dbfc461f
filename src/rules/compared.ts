import type { Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import { addTally, newTally, type VisitTally } from '../windows/compared-tally.ts'

/** What visits did on both sides of a comparison. */
export type Sides = { readonly before: Readonly<VisitTally>; readonly now: Readonly<VisitTally> }

export type ComparedSegment = Sides & { readonly labels: SegmentLabels }

/** A stage by its own segments, as far as they belong to the segment that a rule looks at; in the order of their keys. */
export type ComparedStage = { readonly stage: string; readonly segments: readonly ComparedSegment[] }

/** The segment of a rule, now and before. */
export type Compared = {
  readonly window: { readonly start: Instant; readonly end: Instant }
  readonly before: { readonly start: Instant; readonly end: Instant }
  readonly own: ComparedStage
  /** The stages inside the rule's own one, in the order of the process. Empty: it is made of its own segments. */
  readonly inside: readonly InnerStage[]
}

export type InnerStage = ComparedStage & {
  /** Its cases for each case of the outer stage, on both sides together. */
  readonly share: number
}

export const causesOfChange = ['time', 'mix', 'rework'] as const

export type CauseOfChange = (typeof causesOfChange)[number]

/** In ms of the mean time of a case. */
export type Changes = Readonly<Record<CauseOfChange, number>>

export function together(segments: readonly Sides[]): { readonly before: VisitTally; readonly now: VisitTally } {
  const sums = { before: newTally(), now: newTally() }
  for (const { before, now } of segments) {
    addTally(sums.before, before)
    addTally(sums.now, now)
  }
  return sums
}
