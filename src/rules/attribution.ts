import type { SegmentLabels } from '../event/segment.ts'
import type { VisitTally } from '../windows/compared-tally.ts'
import {
  type CauseOfChange,
  type Changes,
  type Compared,
  type ComparedSegment,
  type ComparedStage,
  causesOfChange,
  together,
} from './compared.ts'
import { tellingCut } from './telling-cut.ts'

/*
 * Why the mean time of a case in a stage has changed, in parts that add up.
 *
 * In a stretch of time the mean time of a case is C = v · M: visits of the stage for each case, and the mean of a visit. It
 * changes by Δv · M̄, its *rework*, and v̄ · ΔM, a bar being the mean of both sides. M is the mean of the segments, by
 * their shares p of the visits: ΔM = Σ p̄ · Δm, the *time* that they take, and Σ Δp · (m̄ − M̄), the *mix* of them. Of the
 * reworked visits, r a case, a segment has q cases and ρ reworked visits for each of these: Δr = q̄ · Δρ + Δq · (ρ̄ − r̄),
 * of which the latter is mix too. All of these are identities: nothing is left over.
 *
 * A stage that spans others is made of theirs, each as often as its cases pass through it. Then something may be left over:
 * the time between stages, stages side by side, and that whoever left the last one today left the first one a while ago.
 *
 * Source: Kitagawa, "Components of a Difference Between Two Rates", JASA 50 (1955); two factors, and one nested in it.
 */

export type AttributedPart = {
  readonly stage: string
  /** Values of all dimensions of the stage, or of the one that tells most; `{}`: the whole of it. */
  readonly segment: SegmentLabels
  readonly cause: CauseOfChange
  readonly changeMs: number
}

/** All in whole ms: before + parts + others + rest = now. */
export type Attribution = {
  /** Mean time of a case in the stage. */
  readonly beforeMs: number
  readonly nowMs: number
  /** The largest ones, by size. */
  readonly parts: readonly AttributedPart[]
  /** Those that are not listed, together. */
  readonly othersMs: number
  /** What no part explains. */
  readonly restMs: number
}

/** Parts that are listed. */
const MOST_PARTS = 5

/** @returns undefined: on one side nothing has completed. */
export function attribute({ own, inside }: Pick<Compared, 'own' | 'inside'>): Attribution | undefined {
  const whole = together(own.segments)
  const before = caseTimeOf(whole.before, whole.now)
  const now = caseTimeOf(whole.now, whole.before)
  if (before === undefined || now === undefined) return undefined
  const stages = inside.length === 0 ? [{ ...own, share: 1 }] : inside
  const parts = stages.flatMap(stage => partsOf(stage, stage.share))
  return addedUp(before, now, parts)
}

/** Every segment's parts, by segment and cause; empty where on one side nothing has completed. */
function partsOf({ stage, segments }: ComparedStage, share: number): readonly AttributedPart[] {
  const cut = tellingCut(segments, one => changesOf(one))
  return cut.flatMap(({ labels, changes }) =>
    causesOfChange.map(cause => ({ stage, segment: labels, cause, changeMs: share * changes[cause] })),
  )
}

/** How much each segment makes of the change of the mean time of a case in their stage; nothing where on one side none has completed. */
export function changesOf(segments: readonly ComparedSegment[]): readonly Changes[] {
  const { before, now } = together(segments)
  if (before.exited === 0 || now.exited === 0) return segments.map(() => ({ time: 0, mix: 0, rework: 0 }))
  const visits = meanOf(visitsPerCase(before, now), visitsPerCase(now, before))
  const visitMs = meanOf(before.sumMs / before.exited, now.sumMs / now.exited)
  const hasCases = casesOf(before) > 0 && casesOf(now) > 0
  const reworked = hasCases ? meanOf(before.reworked / casesOf(before), now.reworked / casesOf(now)) : 0
  return segments.map(one => {
    const visit = split(
      { part: one.before.sumMs, of: one.before.exited, all: before.exited },
      { part: one.now.sumMs, of: one.now.exited, all: now.exited },
      visitMs,
    )
    const again = hasCases
      ? split(
          { part: one.before.reworked, of: casesOf(one.before), all: casesOf(before) },
          { part: one.now.reworked, of: casesOf(one.now), all: casesOf(now) },
          reworked,
        )
      : NO_CHANGE
    return {
      time: visits * visit.within,
      mix: visits * visit.mix + visitMs * again.mix,
      rework: visitMs * again.within,
    }
  })
}

/** Of a segment: a sum, of how many it is one, and how many all segments have. */
type Share = { readonly part: number; readonly of: number; readonly all: number }

const NO_CHANGE = { within: 0, mix: 0 }

/**
 * The change of part / all: by how the segment's own mean changed, and by how its share did.
 *
 * A segment that is there on one side only has no change of its own: all of it is its share's.
 *
 * @param middle what the mean of a segment is compared with: shares add up to 1, so it takes nothing from the sum.
 */
function split(before: Share, now: Share, middle: number): { readonly within: number; readonly mix: number } {
  const means = [before, now].flatMap(({ part, of }) => (of > 0 ? [part / of] : []))
  if (means.length === 0) return { within: now.part / now.all - before.part / before.all, mix: 0 }
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length
  const moved = now.of / now.all - before.of / before.all
  return { within: now.part / now.all - before.part / before.all - moved * mean, mix: moved * (mean - middle) }
}

/** Mean time of a case; undefined: nothing has completed. */
const caseTimeOf = (tally: VisitTally, other: VisitTally): number | undefined =>
  tally.exited === 0 ? undefined : visitsPerCase(tally, other) * (tally.sumMs / tally.exited)

/** Cases whose first visit of the stage began. */
const casesOf = ({ entered, reworked }: VisitTally): number => entered - reworked

/** 1 where on either side no case began to be there: then nothing says how often they come. */
const visitsPerCase = (tally: VisitTally, other: VisitTally): number =>
  casesOf(tally) > 0 && casesOf(other) > 0 ? tally.entered / casesOf(tally) : 1

const meanOf = (left: number, right: number): number => (left + right) / 2

/** Rounds to whole ms, each number within 1 ms of the exact one, so that what is shown adds up as it stands there. */
function addedUp(before: number, now: number, all: readonly AttributedPart[]): Attribution {
  const listed = largestOf(all)
  let exact = before
  let written = Math.round(before)
  const step = (by: number): number => {
    exact += by
    const from = written
    written = Math.round(exact)
    return written - from
  }
  const beforeMs = written
  const parts = listed.map(part => ({ ...part, changeMs: step(part.changeMs) }))
  const isListed = new Set(listed)
  const othersMs = step(all.reduce((sum, part) => (isListed.has(part) ? sum : sum + part.changeMs), 0))
  const restMs = Math.round(now) - written
  return { beforeMs, nowMs: Math.round(now), parts, othersMs, restMs }
}

/** Those that are listed, by size; of equals the first ones. A thousand segments have three thousand parts, so all are not sorted. */
function largestOf(all: readonly AttributedPart[]): readonly AttributedPart[] {
  const largest: AttributedPart[] = []
  for (const part of all) {
    const size = Math.abs(part.changeMs)
    const least = largest.length < MOST_PARTS ? 0.5 : Math.abs((largest.at(-1) as AttributedPart).changeMs)
    if (largest.length < MOST_PARTS ? size < least : size <= least) continue
    const place = largest.findIndex(({ changeMs }) => Math.abs(changeMs) < size)
    largest.splice(place < 0 ? largest.length : place, 0, part)
    if (largest.length > MOST_PARTS) largest.pop()
  }
  return largest
}
