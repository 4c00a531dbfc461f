import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { allStagesOf } from './deadlines.ts'
import { type Counted, sameContent } from './kept-event.ts'
import { type Mark, marksOf, type PaneValues, sliceStart, valuesOf } from './panes.ts'
import type { OracleEvent, OracleVisit } from './runs.ts'

/* What goes into the model and what comes out of it. */

export type OracleArrival = {
  readonly topic: string
  readonly partition: number
  /** The events of one record, in its order; `ignored` is the name of an activity that the process does not name. */
  readonly events: readonly (OracleEvent | { readonly ignored: string })[]
}

/** As `PartitionCounts` of src/shard, its part about events. */
export type OracleCounts = {
  events: number
  ignored: number
  duplicate: number
  conflicting: number
  late: number
  counted: number
  lateApplied: number
  beforeStart: number
  afterEnd: number
  unmatchedEnd: number
}

export type OraclePane = PaneValues & {
  /** Position in the process's `stages`. */
  readonly stage: number
  /** `total`, or the JSON array of the values of the stage's `by`. A stage without `by` has only its total. */
  readonly segment: string
  readonly start: number
  readonly end: number
}

export type OracleOpenCount = {
  readonly stage: number
  /** JSON array of the values of the stage's `by`, as latest known; `[]` for a stage without `by`. */
  readonly segment: string
  /** Start of the pane in which the visits entered. */
  readonly entryPane: number
  readonly visits: number
}

export type OracleState = {
  readonly process: ProcessDefinition
  /** By `topic/partition`; one for each topic of the shard, also those without a record. */
  readonly counts: Readonly<Record<string, Readonly<OracleCounts>>>
  /** Of the shard; undefined before its first event, and while all its topics are without one. */
  readonly watermark: number | undefined
  /** All that hold, those of runs that have left memory too; by (stage, case as UTF-16, start, ordinal). */
  readonly visits: readonly OracleVisit[]
  /** No all-zero ones; by (stage, segment with `total` first, start). */
  readonly panes: readonly OraclePane[]
  /** Of the rests that deadlines ask for: those that are open. */
  readonly openRests: readonly OracleVisit[]
  /** By (stage, segment, entry pane). */
  readonly open: readonly OracleOpenCount[]
  /** The cases in memory, sorted. */
  readonly casesInMemory: readonly string[]
  /** What the panes are made of, for `windowStatistics`: for each stage of `allStagesOf`, pane start → marks. */
  readonly marks: readonly ReadonlyMap<number, readonly Mark[]>[]
}

export type OracleOptions = {
  /** The topics of the shard; not given: those of the process's sources and those of the arrivals. */
  readonly topics?: readonly string[]
}

export const noCounts = (): OracleCounts => ({
  events: 0,
  ignored: 0,
  duplicate: 0,
  conflicting: 0,
  late: 0,
  counted: 0,
  lateApplied: 0,
  beforeStart: 0,
  afterEnd: 0,
  unmatchedEnd: 0,
})

export function topicsOf(
  process: ProcessDefinition,
  arrivals: readonly OracleArrival[],
  options: OracleOptions,
): string[] {
  const arrived = new Set(arrivals.map(({ topic }) => topic))
  return [...new Set([...(options.topics ?? process.sources.flatMap(({ topics }) => topics)), ...arrived])]
}

export function partitionOf(arrivals: readonly OracleArrival[]): number {
  const partitions = new Set(arrivals.map(({ partition }) => partition))
  if (partitions.size > 1)
    throw new Error(`arrivals of one shard wanted, found partitions ${[...partitions].join(', ')}`)
  return arrivals[0]?.partition ?? 0
}

/** The marks of all visits, for each stage by the start of their pane. */
export function panesFrom(process: ProcessDefinition, visits: readonly OracleVisit[]): Map<number, Mark[]>[] {
  const stages = allStagesOf(process).map(() => new Map<number, Mark[]>())
  for (const visit of visits) {
    for (const mark of marksOf(process, visit)) {
      const panes = stages[visit.stage]!
      const start = sliceStart(mark.at, process.paneMs)
      const marks = panes.get(start)
      if (marks === undefined) panes.set(start, [mark])
      else marks.push(mark)
    }
  }
  return stages
}

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

export function describe(
  process: ProcessDefinition,
  facts: {
    readonly counts: ReadonlyMap<string, OracleCounts>
    readonly counted: readonly Counted[]
    readonly watermark: number
    readonly visits: readonly OracleVisit[]
    readonly marks: readonly ReadonlyMap<number, readonly Mark[]>[]
    readonly casesInMemory: readonly string[]
  },
): OracleState {
  const counts = Object.fromEntries([...facts.counts].map(([slot, count]) => [slot, { ...count }]))
  for (const { role, slot, event, copies } of facts.counted) {
    for (const copy of copies) if (!sameContent(copy.event, event)) counts[copy.slot]!.conflicting++
    if (role === 'before_start') counts[slot]!.beforeStart++
    if (role === 'after_end') counts[slot]!.afterEnd++
    if (role === 'unmatched_end') counts[slot]!.unmatchedEnd++
  }
  const isVisible = ({ stage }: OracleVisit) => stage < process.stages.length
  const visits = facts.visits.filter(isVisible)
  return {
    process,
    counts,
    watermark: Number.isFinite(facts.watermark) ? facts.watermark : undefined,
    visits: [...visits].sort(
      (left, right) =>
        left.stage - right.stage ||
        byText(left.case, right.case) ||
        left.start - right.start ||
        left.ordinal - right.ordinal,
    ),
    panes: panesOf(process, facts.marks.slice(0, process.stages.length)),
    openRests: facts.visits.filter(visit => !isVisible(visit) && visit.outcome === 'open'),
    open: openCounts(process, visits),
    casesInMemory: [...facts.casesInMemory].sort(),
    marks: facts.marks,
  }
}

function panesOf({ stages, paneMs }: ProcessDefinition, marks: OracleState['marks']): OraclePane[] {
  const panes: OraclePane[] = []
  for (const [stage, slices] of marks.entries()) {
    const byStart = [...slices].sort(([left], [right]) => left - right)
    const isCut = stages[stage]!.by.length > 0
    const hasCalendar = stages[stage]!.calendar !== undefined
    const paneFrom = (segment: string, start: number, ofPane: readonly Mark[]): OraclePane => ({
      ...{ stage, segment, start, end: start + paneMs },
      ...valuesOf(ofPane, hasCalendar),
    })
    const segments = new Map<string, OraclePane[]>()
    for (const [start, ofPane] of byStart) {
      panes.push(paneFrom('total', start, ofPane))
      if (!isCut) continue
      for (const [segment, ofSegment] of bySegment(ofPane)) {
        const pane = paneFrom(segment, start, ofSegment)
        const known = segments.get(segment)
        if (known === undefined) segments.set(segment, [pane])
        else known.push(pane)
      }
    }
    const inOrder = [...segments].sort(([left], [right]) => byText(left, right))
    for (const [, ofSegment] of inOrder) for (const pane of ofSegment) panes.push(pane)
  }
  return panes
}

function bySegment(marks: readonly Mark[]): Map<string, Mark[]> {
  const segments = new Map<string, Mark[]>()
  for (const mark of marks) {
    const known = segments.get(mark.segment)
    if (known === undefined) segments.set(mark.segment, [mark])
    else known.push(mark)
  }
  return segments
}

function openCounts(process: ProcessDefinition, visits: readonly OracleVisit[]): OracleOpenCount[] {
  const counted = new Map<string, OracleOpenCount>()
  for (const { stage, segment, start } of visits.filter(({ outcome }) => outcome === 'open')) {
    const entryPane = sliceStart(start, process.paneMs)
    const key = JSON.stringify([stage, segment, entryPane])
    counted.set(key, { stage, segment, entryPane, visits: (counted.get(key)?.visits ?? 0) + 1 })
  }
  return [...counted.values()].sort(
    (left, right) =>
      left.stage - right.stage || byText(left.segment, right.segment) || left.entryPane - right.entryPane,
  )
}
