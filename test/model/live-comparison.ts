import { expect } from 'vitest'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { bucketOf } from '../../src/windows/histogram.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { LifeTableCounts } from '../../src/windows/life-table-counts.ts'
import { calendarOf } from '../../src/windows/stage-calendar.ts'
import type { SeriesView } from '../../src/windows/views.ts'
import type { OracleState } from './oracle.ts'

/*
 * The life table of a stage, from a shard's panes and open visits and from those of the model: the same counts, so the
 * same exits, ages, survival and percentiles. (That the counts give the table of 3.4 within its bound is another test:
 * life-table-equals-direct.test.ts.)
 */

/**
 * @param total the series of all segments together.
 * @param windowMs one of those that the shard keeps panes for.
 * @returns whether anyone was at risk.
 */
export function compareLifeTables(
  definition: ProcessDefinition,
  stage: number,
  total: SeriesView,
  state: OracleState,
  windowMs: number,
  at: number,
): boolean {
  const calendar = calendarOf(definition.stages[stage]!)
  // Panes are kept by the wall clock: a window of business time may reach beyond them.
  if (calendar !== undefined) return false
  const { paneMs } = definition
  const newCounts = () => new LifeTableCounts({ at, windowMs, paneMs, calendar })
  const counts = newCounts()
  const { first, last } = counts.range
  total.open.forEachUntil(last, (pane, visits) => counts.open(pane, visits))
  total.forEachPane(first, last, pane => counts.addPane(pane))
  const found = counts.table()
  const wanted = tableOfModel(newCounts(), state, stage, paneMs)
  expect(summaryOf(found)).toEqual(summaryOf(wanted))
  return found.oldestAgeMs > 0
}

function tableOfModel(counts: LifeTableCounts, state: OracleState, stage: number, paneMs: number): LifeTable {
  const { first, last } = counts.range
  for (const visit of state.visits) {
    if (visit.stage === stage && visit.outcome === 'open') counts.open(Math.floor(visit.start / paneMs), 1)
  }
  const panes = [...state.marks[stage]!].sort(([left], [right]) => left - right)
  for (const [start, marks] of panes) {
    const index = start / paneMs
    if (index < first || index > last) continue
    counts.pane(index)
    for (const { what, ageMs } of marks) {
      if (what === 'entered') counts.entered(1)
      else if (what === 'completed') counts.exited(bucketOf(ageMs), 1)
      else counts.left(bucketOf(ageMs), 1)
    }
  }
  return counts.table()
}

/** Shares of visits within a pane are fractions, added in another order: equal to ten digits. */
function summaryOf(table: LifeTable) {
  const { exits, oldestAgeMs, windowMs } = table
  const rounded = (value: number) => Number(value.toPrecision(10))
  const quantiles = [0.5, 0.9, 0.99].map(share => {
    const value = table.quantile(share)
    return typeof value === 'number' ? rounded(value) : value
  })
  const survival = [0.25, 0.5, 1].map(share => rounded(table.survival(share * oldestAgeMs) ?? -1))
  return { exits, oldestAgeMs, windowMs, quantiles, survival }
}
