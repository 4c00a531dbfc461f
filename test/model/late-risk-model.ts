import type { SegmentKey } from '../../src/event/segment.ts'
import type { Deadline, ProcessDefinition } from '../../src/model/definitions.ts'
import { bucketOf } from '../../src/windows/histogram.ts'
import { CaseLateness, type Chance, chanceLate } from '../../src/windows/lateness.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { LifeTableCounts } from '../../src/windows/life-table-counts.ts'
import { calendarOf } from '../../src/windows/stage-calendar.ts'
import { ownMs } from './business-durations.ts'
import { allStagesOf, dueOf, type Standing, standingOf } from './deadlines.ts'
import type { OracleState, OracleVisit } from './oracle.ts'
import { type Mark, sliceStart } from './panes.ts'

/*
 * Late risk by looking at every single open case: where it stands, when it is due, and how probable it is that it will be
 * late, from life tables whose counts are collected visit by visit from the model's marks. (That such counts give the
 * right probability is another test: lateness.test.ts, life-table-equals-direct.test.ts.)
 */

/** An open visit that is due, as the model sees it. */
export type DueCase = { readonly visit: OracleVisit; readonly due: number; readonly standing: Standing }

/** Those of a stage. */
export function dueCases(state: OracleState, stage: number): DueCase[] {
  const definition = state.process.stages[stage]!
  const open = [...state.visits.filter(({ outcome }) => outcome === 'open'), ...state.openRests]
  return open
    .filter(visit => visit.stage === stage)
    .flatMap(visit => {
      const due = dueOf(definition, visit)
      const own = open.filter(other => other.case === visit.case)
      return due === undefined ? [] : [{ visit, due, standing: standingOf(state.process, visit, own) }]
    })
}

export class LateRiskModel {
  readonly #state: OracleState
  readonly #process: ProcessDefinition
  readonly #deadline: Deadline
  readonly #at: number
  readonly #wanted: number
  readonly #coarse: (stage: number) => number
  readonly #tables = new Map<string, LifeTable>()

  /**
   * @param at T, after all events.
   * @param wanted entries that a segment's table should rest on.
   * @param shortest of the windows that deadlines make of a stage's history.
   */
  constructor(state: OracleState, deadline: Deadline, at: number, wanted: number, shortest: (stage: number) => number) {
    this.#state = state
    this.#process = state.process
    this.#deadline = deadline
    this.#at = at
    this.#wanted = wanted
    this.#coarse = stage => {
      let panes = 1
      while (shortest(stage) / (panes * this.#process.paneMs) > 200) panes *= 2
      return panes
    }
  }

  /** P(late) of a case by its entry and its due instant; of each end of the range. */
  chance({ standing }: DueCase, entry: number, due: number): Chance {
    if (due <= this.#at) return { low: 1, high: 1 }
    const { visit, rest } = standing
    const stage = allStagesOf(this.#process)[visit.stage]!
    const elapsed = (until: number) => ownMs(stage, entry, until)
    const table = this.#tableFor(visit.stage, visit.segment)
    if (rest === undefined) return chanceLate(table, elapsed(this.#at), elapsed(due))
    return new CaseLateness(table, this.#tableFor(rest, visit.segment)).chance(elapsed(this.#at), elapsed(due))
  }

  /** How many of these cases have at least that chance: surely, and possibly. */
  count(cases: readonly DueCase[], level: number): { low: number; high: number } {
    const { paneMs } = this.#process
    let [low, high] = [0, 0]
    for (const one of cases) {
      const pane = sliceStart(one.standing.visit.start, paneMs)
      if (pane >= this.#at) continue
      const entry = Math.min(pane + paneMs / 2, this.#at)
      const stage = this.#process.stages[one.visit.stage]!
      if (this.#deadline.at === undefined) {
        const target = ownMs(stage, one.visit.start, one.due)
        const table = this.#tableFor(one.visit.stage, one.visit.segment)
        const chance = chanceLate(table, ownMs(stage, entry, this.#at), target)
        if (chance.low >= level) low++
        if (chance.high >= level) high++
        continue
      }
      const duePane = sliceStart(one.due, paneMs)
      if (this.chance(one, entry, duePane + paneMs - 1).low >= level) low++
      if (this.chance(one, entry, duePane).high >= level) high++
    }
    return { low, high }
  }

  #tableFor(stage: number, segment: string): LifeTable {
    const values: (string | null)[] = JSON.parse(segment)
    let depth = 0
    while (depth < values.length && values[depth] !== null) {
      const beginning = values.slice(0, depth + 1)
      const entered = this.#marks(stage, beginning).filter(({ what }) => what === 'entered').length
      if (entered < this.#wanted) break
      depth++
    }
    const name = `${stage} ${JSON.stringify(values.slice(0, depth))}`
    const table = this.#tables.get(name) ?? this.#make(stage, values.slice(0, depth))
    this.#tables.set(name, table)
    return table
  }

  /** Of the window, of segments that begin so. */
  #marks(stage: number, beginning: readonly (string | null)[]): Mark[] {
    const first = this.#first(stage) * this.#process.paneMs
    const marks = [...this.#state.marks[stage]!].filter(([pane]) => pane >= first && pane < this.#at)
    return marks.flatMap(([, ofPane]) => ofPane).filter(mark => beginsSo(mark.segment, beginning))
  }

  /** The first pane of the window: that of a coarse one. */
  #first(stage: number): number {
    const { paneMs } = this.#process
    const { windowMs } = this.#deadline
    const calendar = calendarOf(allStagesOf(this.#process)[stage]!)
    const start = calendar?.addBusinessMs(this.#at, -windowMs) ?? this.#at - windowMs
    const coarse = this.#coarse(stage)
    return sliceStart(start, coarse * paneMs) / paneMs
  }

  #make(stage: number, beginning: readonly (string | null)[]): LifeTable {
    const { paneMs } = this.#process
    const { windowMs } = this.#deadline
    const calendar = calendarOf(allStagesOf(this.#process)[stage]!)
    const first = this.#first(stage)
    const coarse = this.#coarse(stage)
    const counts = new LifeTableCounts({ at: this.#at, windowMs, paneMs, calendar, firstPane: first })
    for (const visit of [...this.#state.visits, ...this.#state.openRests]) {
      if (visit.stage === stage && visit.outcome === 'open' && beginsSo(visit.segment, beginning))
        counts.open(Math.floor(visit.start / paneMs), 1)
    }
    const panes = [...this.#state.marks[stage]!].sort(([left], [right]) => left - right)
    for (const [start, marks] of panes) {
      const index = start / paneMs
      if (index < first || index > counts.range.last) continue
      // Of settled panes only the sum of a coarse one is known, and how far they have settled must not show.
      const slice = Math.floor(index / coarse) * coarse
      const from = Math.max(first, slice)
      const until = Math.min(slice + coarse, counts.range.last + 1)
      counts.pane(from, until - from)
      for (const mark of marks) {
        if (mark.what === 'entered') {
          if (beginsSo(mark.segment, beginning)) counts.entered(1)
        } else if (!beginsSo(mark.segmentBefore, beginning)) continue
        else if (mark.what === 'completed') counts.exited(bucketOf(mark.ageMs), 1)
        else counts.left(bucketOf(mark.ageMs), 1)
      }
    }
    return counts.table()
  }
}

const beginsSo = (segment: string, beginning: readonly (string | null)[]): boolean => {
  const values: (string | null)[] = JSON.parse(segment)
  return beginning.every((value, place) => values[place] === value)
}

/** The segment of a case's visit when cut by some dimensions of its stage. */
export function cutOf(process: ProcessDefinition, { stage, segment }: OracleVisit, by: readonly number[]): SegmentKey {
  const values: (string | null)[] = JSON.parse(segment)
  return JSON.stringify(by.map(position => values[process.stages[stage]!.by.indexOf(position)])) as SegmentKey
}
