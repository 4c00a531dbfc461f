import type { ProcessDefinition } from '../../src/model/definitions.ts'
import {
  addCopy,
  type Counted,
  countedOf,
  hasLeftMemory,
  identity,
  isStillApplied,
  type Kept,
  runsOfKept,
  shardWatermark,
} from './kept-event.ts'
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
import type { OracleEvent, OracleVisit } from './runs.ts'

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
 * visits. After every event all cases are recomputed from their whole event lists and all panes from all visits; only
 * what the meaning asks to be remembered is: the marks of settled panes, and what runs that left memory came to.
 *
 * Two things are left out. `max_segments` is not modelled, so give processes a high one; records that give no event
 * (skipped, rejected) are decoding and none of the shard's business.
 */

export type Oracle = {
  /** Takes the next record. Everything before it stays as it was, whatever the state object that was read then. */
  take(arrival: OracleArrival): void
  /** What is so now. */
  state(): OracleState
}

/** The state after each arrival is wanted: make one, `take` arrivals one by one, read `state()` between them. */
export function makeOracle(process: ProcessDefinition, topics: readonly string[], partition: number): Oracle {
  const slots = topics.map(topic => `${topic}/${partition}`)
  const watermarks = new Map<string, number>(slots.map(slot => [slot, Number.NEGATIVE_INFINITY]))
  const counts = new Map<string, OracleCounts>(slots.map(slot => [slot, noCounts()]))
  /** Counted events by case, without those of runs that have left memory. */
  let kept = new Map<string, Kept[]>()
  /** The newest `at` that was ever folded, of the cases in memory. */
  let foldPoints = new Map<string, number>()
  /** By case and activity, of the cases in memory: `at` of the newest folded event. Only where a source has wide rows. */
  let foldedAt = new Map<string, Map<number, number>>()
  const hasWideRows = process.sources.some(({ events }) => events.kind === 'wide')
  /** What the runs came to that have left memory. */
  const gone: { visits: OracleVisit[]; counted: Counted[] } = { visits: [], counted: [] }
  let marks: Map<number, Mark[]>[] = process.stages.map(() => new Map())

  const watermark = (): number => shardWatermark([...watermarks.values()])
  const horizon = (): number => watermark() - process.settleMs

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
    const mates = kept.get(event.case) ?? []
    const twin = mates.find(mate => !mate.folded && identity(process, mate.event) === identity(process, event))
    if (twin !== undefined) {
      count.duplicate++
      addCopy(twin, event, slot, !late)
    } else if (event.id === undefined && foldedAt.get(event.case)?.get(event.activity) === event.at) {
      count.duplicate++
    } else if (late && !isStillApplied(process, event, foldPoints.get(event.case), before)) {
      count.late++
      return
    } else {
      count.counted++
      if (late) count.lateApplied++
      kept.set(event.case, [...mates, { event, slot, copies: [], folded: false }])
    }
    if (!late) watermarks.set(slot, Math.max(own, event.at))
    recompute(before)
  }

  /**
   * Everything from scratch. Settled are the panes whose end had been reached by the horizon *before* the event: an
   * event on time changes nothing in them, and what expires when it lifts the watermark over them still belongs in.
   */
  const recompute = (horizonBefore: number): void => {
    const runs = [...kept.values()].map(mates => runsOfKept(process, mates, watermark()))
    const fresh = panesFrom(process, [...gone.visits, ...runs.flat().flatMap(run => run.visits)])
    marks = fresh.map((panes, stage) => {
      const isSettled = ([start]: [number, Mark[]]) => start + process.paneMs <= horizonBefore
      return new Map([...[...marks[stage]!].filter(isSettled), ...[...panes].filter(pane => !isSettled(pane))])
    })
    for (const mate of [...kept.values()].flat().filter(({ event }) => event.at < horizon())) {
      mate.folded = true
      const { case: caseId, activity, at } = mate.event
      foldPoints.set(caseId, Math.max(at, foldPoints.get(caseId) ?? at))
      if (!hasWideRows) continue
      const newest = foldedAt.get(caseId) ?? new Map<number, number>()
      foldedAt.set(caseId, newest.set(activity, Math.max(at, newest.get(activity) ?? at)))
    }
    for (const run of runs.flat().filter(run => hasLeftMemory(process, run, watermark()))) {
      gone.visits.push(...run.visits)
      gone.counted.push(...countedOf(run))
      const caseId = run.kept[0]!.event.case
      const others = kept.get(caseId)!.filter(mate => !run.kept.includes(mate))
      kept.set(caseId, others)
    }
    kept = new Map([...kept].filter(([, mates]) => mates.length > 0))
    foldPoints = new Map([...foldPoints].filter(([caseId]) => kept.has(caseId)))
    foldedAt = new Map([...foldedAt].filter(([caseId]) => kept.has(caseId)))
  }

  return {
    take(arrival) {
      const slot = `${arrival.topic}/${arrival.partition}`
      if (!counts.has(slot)) throw new Error(`${slot} is not of this shard: ${slots.join(', ')}`)
      for (const event of arrival.events) takeEvent(slot, event)
    },
    state() {
      const runs = [...kept.values()].flatMap(mates => runsOfKept(process, mates, watermark()))
      return describe(process, {
        counts,
        counted: [...gone.counted, ...runs.flatMap(countedOf)],
        watermark: watermark(),
        visits: [...gone.visits, ...runs.flatMap(run => run.visits)],
        marks,
        casesInMemory: [...kept.keys()],
      })
    },
  }
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
