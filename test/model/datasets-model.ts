import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { addCopy, type Counted, countedOf, identity, type Kept, runsOfKept, sameContent } from './kept-event.ts'
import {
  noCounts,
  type OracleArrival,
  type OracleCounts,
  type OracleOpenCount,
  type OraclePane,
  type OracleState,
} from './oracle-state.ts'
import { type Mark, marksOf, sliceStart, valuesOf } from './panes.ts'
import type { OracleEvent, OracleVisit, Role } from './runs.ts'

/*
 * The model of oracle.ts for a topic that is sorted by time, which the real data sets are: no event is late, a settled
 * pane never has to stay as it was, and what a case came to depends on nothing but its own events and the watermark.
 * So each case is recomputed from its whole event list, but only when it had an event, or when its open visits expire.
 */

export type InOrderModel = {
  /** @throws Error where the record is older than the one before: then it has to be the model of oracle.ts. */
  take(arrival: OracleArrival): void
  /** For each stage the visits that are open now or ended at `since` or later, in no particular order. */
  visitsSince(since: number): OracleVisit[][]
  /** What is so now, in no particular order; recounts all panes. */
  state(): Pick<OracleState, 'process' | 'counts' | 'visits' | 'panes' | 'open'>
}

type CaseFile = {
  /** In the order of arrival, which is that of time. */
  readonly kept: Kept[]
  visits: readonly OracleVisit[]
  /** The latest end of its visits; Infinity while one is open. */
  lastEnd: number
  /** When the watermark comes so far there is something to recompute, event or not. */
  dueAt: number
}

/** @param topic the only one of the process. */
export function makeInOrderModel(process: ProcessDefinition, topic: string): InOrderModel {
  const slot = `${topic}/0`
  const counts = noCounts()
  const cases = new Map<string, CaseFile>()
  let watermark = Number.NEGATIVE_INFINITY

  const takeEvent = (event: OracleEvent): void => {
    if (event.at < watermark) throw new Error(`case ${event.case}: ${event.at} comes after ${watermark}`)
    if (event.id !== undefined) throw new Error('ids are not modelled here: a copy could have another time')
    watermark = event.at
    const file = cases.get(event.case) ?? { kept: [], visits: [], lastEnd: 0, dueAt: 0 }
    cases.set(event.case, file)
    // Without ids a copy has the very time of its twin, so it stands among the newest of the case.
    const twin = file.kept.findLast(
      mate => mate.event.at === event.at && identity(process, mate.event) === identity(process, event),
    )
    if (twin === undefined) {
      counts.counted++
      file.kept.push({ event, slot, copies: [], folded: false })
    } else {
      counts.duplicate++
      addCopy(twin, event, slot, true)
    }
    file.dueAt = watermark
  }

  const recomputeDue = (): void => {
    for (const file of cases.values()) {
      if (file.dueAt > watermark) continue
      // Rests have no rows; late risk is compared on generated histories.
      file.visits = runsOfKept(process, file.kept, watermark)
        .flatMap(run => run.visits)
        .filter(({ stage }) => stage < process.stages.length)
      file.lastEnd = Math.max(...file.visits.map(visit => visit.end ?? Number.POSITIVE_INFINITY))
      const isOpen = file.lastEnd === Number.POSITIVE_INFINITY
      file.dueAt = isOpen ? file.kept.at(-1)!.event.at + process.caseTimeoutMs : Number.POSITIVE_INFINITY
    }
  }

  return {
    take({ events }) {
      for (const event of events) {
        counts.events++
        if ('ignored' in event) counts.ignored++
        else takeEvent(event)
      }
    },
    visitsSince(since) {
      recomputeDue()
      const ofStages: OracleVisit[][] = process.stages.map(() => [])
      for (const { lastEnd, visits } of cases.values()) {
        if (lastEnd < since) continue
        for (const visit of visits) if ((visit.end ?? since) >= since) ofStages[visit.stage]!.push(visit)
      }
      return ofStages
    },
    state() {
      recomputeDue()
      const visits = [...cases.values()].flatMap(file => file.visits)
      const counted: Counted[] = []
      for (const { kept } of cases.values())
        for (const run of runsOfKept(process, kept, watermark)) for (const fact of countedOf(run)) counted.push(fact)
      return {
        process,
        counts: { [slot]: withRoles(counts, counted) },
        visits,
        panes: panesOf(process, visits),
        open: openCounts(process, visits),
      }
    },
  }
}

function withRoles(counts: OracleCounts, counted: readonly Counted[]): OracleCounts {
  const playing = (role: Role) => counted.filter(fact => fact.role === role).length
  const conflicts = counted.map(({ copies, event }) => copies.filter(copy => !sameContent(copy.event, event)).length)
  return {
    ...counts,
    conflicting: conflicts.reduce((sum, conflicting) => sum + conflicting, 0),
    beforeStart: playing('before_start'),
    afterEnd: playing('after_end'),
    unmatchedEnd: playing('unmatched_end'),
  }
}

function panesOf(process: ProcessDefinition, visits: readonly OracleVisit[]): OraclePane[] {
  const dealt = new Map<string, { stage: number; segment: string; start: number; marks: Mark[] }>()
  const deal = (stage: number, segment: string, mark: Mark) => {
    const start = sliceStart(mark.at, process.paneMs)
    const key = `${stage} ${start} ${segment}`
    const pane = dealt.get(key)
    if (pane === undefined) dealt.set(key, { stage, segment, start, marks: [mark] })
    else pane.marks.push(mark)
  }
  for (const visit of visits) {
    const hasSegments = process.stages[visit.stage]!.by.length > 0
    for (const mark of marksOf(process, visit)) {
      deal(visit.stage, 'total', mark)
      if (hasSegments) deal(visit.stage, mark.segment, mark)
    }
  }
  return [...dealt.values()].map(({ stage, segment, start, marks }) => ({
    stage,
    segment,
    start,
    end: start + process.paneMs,
    ...valuesOf(marks),
  }))
}

function openCounts(process: ProcessDefinition, visits: readonly OracleVisit[]): OracleOpenCount[] {
  const counts = new Map<string, { stage: number; segment: string; entryPane: number; visits: number }>()
  for (const { stage, segment, start, outcome } of visits) {
    if (outcome !== 'open') continue
    const entryPane = sliceStart(start, process.paneMs)
    const key = `${stage} ${entryPane} ${segment}`
    const count = counts.get(key) ?? { stage, segment, entryPane, visits: 0 }
    count.visits++
    counts.set(key, count)
  }
  return [...counts.values()]
}
