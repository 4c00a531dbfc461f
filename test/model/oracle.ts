import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { allStagesOf } from './deadlines.ts'
import {
  addCopy,
  type Counted,
  countedOf,
  expiryOf,
  hasLeftMemory,
  identity,
  isStillApplied,
  type Kept,
  type KeptRun,
  leavesMemoryAfter,
  runsOfKept,
  shardWatermark,
} from './kept-event.ts'
import { MeasuredEvents } from './measures.ts'
import {
  describe,
  noCounts,
  type OracleArrival,
  type OracleCounts,
  type OracleOptions,
  type OracleState,
  panesFrom,
  partitionOf,
  topicsOf,
} from './oracle-state.ts'
import type { Mark } from './panes.ts'
import type { OracleEvent, OracleVisit, Run } from './runs.ts'

export type {
  OracleArrival,
  OracleCounts,
  OracleOpenCount,
  OracleOptions,
  OraclePane,
  OracleState,
} from './oracle-state.ts'
export type { PaneValues } from './panes.ts'
export type { OracleEvent, OracleVisit } from './runs.ts'

/*
 * The second implementation of docs/meaning.md, written from that page alone: slow, and meant to be obviously right.
 *
 * What comes in: a process and the arrivals of one shard in record order. What goes out: counts, visits, panes, open
 * visits. After every event its case is recomputed from the whole list of its events, and so is every other case on which
 * the watermark that the event lifted has a say; only what the meaning asks to be remembered is: the marks of settled
 * panes, and what runs that left memory came to.
 *
 * Two things are left out. `max_segments` is not modelled: every segment is counted by itself (slots.ts says what a shard
 * with fewer slots must still agree on). Records that give no event (skipped, rejected) are decoding and none of the
 * shard's business.
 */

export type Oracle = {
  /** Takes the next record. Everything before it stays as it was, whatever the state object that was read then. */
  take(arrival: OracleArrival): void
  /** What is so now. */
  state(): OracleState
  /** How many events of a case are kept one by one, not folded away. */
  keptOf(caseId: string): number
  /** The runs of a case as last computed: those in memory, and those that have just left it. */
  runsOf(caseId: string): readonly Run<OracleEvent>[]
  isInMemory(caseId: string): boolean
  /** The events that count in panes of measures. */
  readonly measured: MeasuredEvents
  /** The segments of a stage that its panes or open visits name. */
  segmentsOf(stage: number): ReadonlySet<string>
}

/** All that is remembered of one case id, from its first event on. */
type CaseRecord = {
  /** Counted events, without those of runs that have left memory. */
  kept: (Kept & { readonly identity: string })[]
  /** What they came to when last computed, and those runs of it that have not left memory since. */
  computed: readonly KeptRun[]
  runs: readonly KeptRun[]
  /** The lowest watermark at which they come to something else though no event came. */
  dueAt: number
  /** The newest `at` that was ever folded, as long as the case is in memory. */
  foldPoint: number | undefined
  /** By activity, as long as the case is in memory: `at` of the newest folded event. Only where a source has wide rows. */
  foldedAt: Map<number, number>
  /** What the runs came to that have left memory. */
  readonly gone: { visits: OracleVisit[]; counted: Counted[] }
  /** By stage: what its visits leave in panes, by the start of the pane; in settled panes what they left once. */
  marks: Map<number, Mark[]>[]
}

/** The state after each arrival is wanted: make one, `take` arrivals one by one, read `state()` between them. */
export function makeOracle(process: ProcessDefinition, topics: readonly string[], partition: number): Oracle {
  const slots = topics.map(topic => `${topic}/${partition}`)
  const watermarks = new Map<string, number>(slots.map(slot => [slot, Number.NEGATIVE_INFINITY]))
  const counts = new Map<string, OracleCounts>(slots.map(slot => [slot, noCounts()]))
  const cases = new Map<string, CaseRecord>()
  const measured = new MeasuredEvents(process)
  const hasWideRows = process.sources.some(({ events }) => events.kind === 'wide')

  const watermark = (): number => shardWatermark([...watermarks.values()])
  const horizon = (): number => watermark() - process.settleMs

  const recordOf = (caseId: string): CaseRecord => {
    const known = cases.get(caseId)
    if (known !== undefined) return known
    const marks = allStagesOf(process).map(() => new Map<number, Mark[]>())
    const gone = { visits: [], counted: [] }
    const fresh: CaseRecord = {
      kept: [],
      computed: [],
      runs: [],
      dueAt: Infinity,
      foldPoint: undefined,
      foldedAt: new Map(),
      gone,
      marks,
    }
    cases.set(caseId, fresh)
    return fresh
  }

  const takeEvent = (slot: string, event: OracleEvent | { readonly ignored: string }): void => {
    const count = counts.get(slot)!
    count.events++
    if ('ignored' in event) {
      count.ignored++
      return
    }
    const own = watermarks.get(slot)!
    const before = horizon()
    const late = event.at < own - process.settleMs || event.at < before
    const record = recordOf(event.case)
    const named = identity(process, event)
    let hasChanged = false
    const twin = record.kept.find(mate => !mate.folded && mate.identity === named)
    if (twin !== undefined) {
      count.duplicate++
      const former = twin.event
      addCopy(twin, event, slot, !late)
      hasChanged = twin.event === event
      if (twin.event !== former) measured.replace(former, event, before)
    } else if (event.id === undefined && record.foldedAt.get(event.activity) === event.at) {
      count.duplicate++
    } else if (late && !isStillApplied(process, event, record.foldPoint, before)) {
      count.late++
      return
    } else {
      count.counted++
      if (late) count.lateApplied++
      hasChanged = true
      measured.add(event, before)
      record.kept.push({ event, identity: named, slot, copies: [], folded: false })
    }
    if (!late) watermarks.set(slot, Math.max(own, event.at))
    const reached = watermark()
    for (const one of cases.values()) {
      if ((one === record && hasChanged) || one.dueAt <= reached) recompute(one, before)
    }
  }

  /**
   * A case from scratch. Settled are the panes whose end had been reached by the horizon *before* the event: an event on
   * time changes nothing in them, and what expires when it lifts the watermark over them still belongs in.
   */
  const recompute = (record: CaseRecord, horizonBefore: number): void => {
    const { gone } = record
    const runs = runsOfKept(process, record.kept, watermark())
    const fresh = panesFrom(process, [...gone.visits, ...runs.flatMap(run => run.visits)])
    const isSettled = ([start]: [number, Mark[]]) => start + process.paneMs <= horizonBefore
    record.marks = fresh.map((panes, stage) => {
      const isFresh = (pane: [number, Mark[]]) => !isSettled(pane)
      return new Map([...[...record.marks[stage]!].filter(isSettled), ...[...panes].filter(isFresh)])
    })
    for (const mate of record.kept) {
      const { activity, at } = mate.event
      if (mate.folded || at >= horizon()) continue
      mate.folded = true
      record.foldPoint = Math.max(at, record.foldPoint ?? at)
      if (hasWideRows) record.foldedAt.set(activity, Math.max(at, record.foldedAt.get(activity) ?? at))
    }
    for (const run of runs.filter(one => hasLeftMemory(process, one, watermark()))) {
      gone.visits.push(...run.visits)
      gone.counted.push(...countedOf(run))
      record.kept = record.kept.filter(mate => !run.kept.includes(mate))
    }
    if (record.kept.length === 0) {
      record.foldPoint = undefined
      record.foldedAt.clear()
    }
    record.computed = runs
    record.runs = runs.filter(run => !hasLeftMemory(process, run, watermark()))
    record.dueAt = Math.min(
      ...record.kept.filter(mate => !mate.folded).map(mate => mate.event.at + process.settleMs + 1),
      ...record.runs.map(run => leavesMemoryAfter(process, run) + 1),
      ...record.runs.map(run => expiryOf(process, run)),
    )
  }

  return {
    take(arrival) {
      const slot = `${arrival.topic}/${arrival.partition}`
      if (!counts.has(slot)) throw new Error(`${slot} is not of this shard: ${slots.join(', ')}`)
      for (const event of arrival.events) takeEvent(slot, event)
    },
    state() {
      const records = [...cases]
      const all = records.map(([, record]) => record)
      return describe(process, {
        counts,
        counted: all.flatMap(({ gone, runs }) => [...gone.counted, ...runs.flatMap(countedOf)]),
        watermark: watermark(),
        visits: all.flatMap(({ gone, runs }) => [...gone.visits, ...runs.flatMap(run => run.visits)]),
        marks: allStagesOf(process).map((_, stage) => joined(all.map(({ marks }) => marks[stage]!))),
        casesInMemory: records.filter(([, { kept }]) => kept.length > 0).map(([caseId]) => caseId),
      })
    },
    measured,
    segmentsOf(stage) {
      const named = new Set<string>()
      for (const { marks, runs } of cases.values()) {
        for (const ofPane of marks[stage]!.values()) for (const { segment } of ofPane) named.add(segment)
        for (const visit of runs.flatMap(({ visits }) => visits))
          if (visit.stage === stage && visit.outcome === 'open') named.add(visit.segment)
      }
      return named
    },
    runsOf: caseId => cases.get(caseId)?.computed ?? [],
    isInMemory: caseId => (cases.get(caseId)?.kept.length ?? 0) > 0,
    keptOf: caseId => (cases.get(caseId)?.kept ?? []).filter(({ folded }) => !folded).length,
  }
}

/** The panes of all cases together. */
function joined(ofCases: readonly ReadonlyMap<number, readonly Mark[]>[]): Map<number, Mark[]> {
  const panes = new Map<number, Mark[]>()
  for (const ofCase of ofCases) {
    for (const [start, marks] of ofCase) {
      const known = panes.get(start)
      if (known === undefined) panes.set(start, [...marks])
      else known.push(...marks)
    }
  }
  return panes
}

/** The state after the last of the arrivals, everything recomputed after each event: some hundred events at most. */
export function oracle(
  process: ProcessDefinition,
  arrivals: readonly OracleArrival[],
  options: OracleOptions = {},
): OracleState {
  const model = makeOracle(process, topicsOf(process, arrivals, options), partitionOf(arrivals))
  for (const arrival of arrivals) model.take(arrival)
  return model.state()
}
