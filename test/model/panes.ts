import type { ProcessDefinition, StageDefinition } from '../../src/model/definitions.ts'
import { ownMs } from './business-durations.ts'
import { allStagesOf, namedDue } from './deadlines.ts'
import type { OracleVisit } from './runs.ts'

/*
 * What visits leave in panes. A pane is kept as the list of its marks (one visit entered, one visit left), so that a
 * settled pane can stay as it was and every statistic can be counted from the list.
 */

/** One visit that entered or left, in the pane of `at`. */
export type Mark = {
  readonly what: 'entered' | 'completed' | 'abandoned' | 'expired'
  readonly at: number
  /** At entry for `entered`, at leaving for the others. */
  readonly segment: string
  /** Of those that left: just before the event that closed them. */
  readonly segmentBefore: string
  /** Of `entered`: k ≥ 2. */
  readonly rework: boolean
  /** Of `completed`: whole ms, by the wall clock. */
  readonly durationMs: number
  /** The same in the stage's own time. */
  readonly ownMs: number
  /** Of those that left: for how long they had been there, in the stage's own time. */
  readonly ageMs: number
  /** Of `completed`: after its due instant; where it has none, longer than the target of its segment. */
  readonly breach: boolean
}

export type PaneValues = {
  readonly entered: number
  readonly reworked: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly breached: number
} & DurationValues & {
    /** Where the stage has a calendar. */
    readonly business: DurationValues | undefined
  }

/** Of completed visits. */
export type DurationValues = {
  readonly sum: number
  readonly min: number | undefined
  readonly max: number | undefined
  /**
   * `zero` or the index of the bucket → count, no zero counts. No plain object: V8 keeps a property named `800` in an
   * array of over 800 slots, which for the panes of a year are gigabytes.
   */
  readonly buckets: ReadonlyMap<string, number>
}

/** The start of the slice of `width` that holds `at`. */
export const sliceStart = (at: number, width: number): number => Math.floor(at / width) * width

/**
 * The target of a segment of the stage; undefined where it has none.
 *
 * @param segment JSON array of the values of the stage's `by`.
 */
export function targetOf(stage: StageDefinition, segment: string): number | undefined {
  if (stage.target === undefined) return undefined
  const values: (string | null)[] = JSON.parse(segment)
  const special = stage.target.by.find(({ attribute, value }) => values[stage.by.indexOf(attribute)] === value)
  return special?.targetMs ?? stage.target.defaultMs
}

/** What one visit leaves: a mark where it entered and one where it ended. */
export function marksOf(process: ProcessDefinition, visit: OracleVisit): Mark[] {
  const entered: Mark = {
    what: 'entered',
    at: visit.start,
    segment: visit.entrySegment,
    segmentBefore: visit.entrySegment,
    rework: visit.visit >= 2,
    durationMs: 0,
    ownMs: 0,
    ageMs: 0,
    breach: false,
  }
  if (visit.outcome === 'open' || visit.end === undefined) return [entered]
  const completed = visit.outcome === 'completed'
  const durationMs = completed ? visit.end - visit.start : 0
  const stage = allStagesOf(process)[visit.stage]!
  const ageMs = ownMs(stage, visit.start, visit.end)
  const own = completed ? ageMs : 0
  const target = completed ? targetOf(stage, visit.segment) : undefined
  const named = namedDue(stage, visit)
  const breach = completed && (named === undefined ? target !== undefined && own > target : visit.end > named)
  const { outcome: what, end: at, segment, segmentBefore } = visit
  return [entered, { what, at, segment, segmentBefore, rework: false, durationMs, ownMs: own, ageMs, breach }]
}

/** The bucket of a duration: `zero`, or the smallest i with duration ≤ 2^(i/32), decided exactly at the edges. */
export function bucketOf(durationMs: number): string {
  const bucket = buckets.get(durationMs) ?? findBucket(durationMs)
  // The same few durations come again and again; the many of a data set would only fill memory.
  if (buckets.size < 100_000) buckets.set(durationMs, bucket)
  return bucket
}

const buckets = new Map<number, string>()

function findBucket(durationMs: number): string {
  if (durationMs === 0) return 'zero'
  const position = 32 * Math.log2(durationMs)
  const nearest = Math.round(position)
  // Floats are trusted only away from an edge; at one, d ≤ 2^(i/32) is d^32 ≤ 2^i in whole numbers.
  if (Math.abs(position - nearest) > 1e-6) return String(Math.ceil(position))
  return String(BigInt(durationMs) ** 32n <= 1n << BigInt(nearest) ? nearest : nearest + 1)
}

/** The values of a pane, or of several together. @param hasCalendar whether the stage has one. */
export function valuesOf(marks: readonly Mark[], hasCalendar = false): PaneValues {
  const numbers = { entered: 0, completed: 0, abandoned: 0, expired: 0 }
  let [reworked, breached] = [0, 0]
  for (const { what, rework, breach } of marks) {
    numbers[what]++
    if (rework) reworked++
    if (what === 'completed' && breach) breached++
  }
  const { entered, completed: exited, abandoned, expired } = numbers
  const counts = { entered, reworked, exited, abandoned, expired, breached }
  const business = hasCalendar ? durationsOf(marks, ({ ownMs: own }) => own) : undefined
  return { ...counts, ...durationsOf(marks, ({ durationMs }) => durationMs), business }
}

/** @param msOf of a completed visit. */
export function durationsOf(marks: readonly Mark[], msOf: (mark: Mark) => number): DurationValues {
  let sum = 0
  let min: number | undefined
  let max: number | undefined
  const counts = new Map<string, number>()
  for (const mark of marks) {
    if (mark.what !== 'completed') continue
    const ms = msOf(mark)
    sum += ms
    min = Math.min(min ?? ms, ms)
    max = Math.max(max ?? ms, ms)
    const bucket = bucketOf(ms)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return { sum, min, max, buckets: counts }
}
