import type { StageDefinition } from '../../src/model/definitions.ts'
import { ownMs } from './business-durations.ts'
import { dueOf } from './deadlines.ts'
import type { OracleState, OracleVisit } from './oracle.ts'
import { durationsOf, type Mark, sliceStart, targetOf, valuesOf } from './panes.ts'

/** Every statistic that has a value, by its name in `src/model/statistics.ts`; durations in ms, quantiles exact. */
export type OracleStatistics = Readonly<Record<string, number>>

const hourMs = 3_600_000

/** The value of rank ⌈q·n⌉ (nearest rank); undefined for none. @param sorted rising. */
export const nearestRank = (sorted: readonly number[], percent: number): number | undefined =>
  sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1]

/**
 * Where a window of `windowMs` at `now` begins.
 *
 * @throws Error where the window is no multiple of the pane: the meaning names none.
 */
export function windowStart(paneMs: number, windowMs: number, now: number): number {
  if (windowMs % paneMs !== 0) throw new Error(`window ${windowMs} is no multiple of the pane ${paneMs}`)
  let coarse = 1
  while (windowMs / (coarse * paneMs) > 1_000) coarse *= 2
  return sliceStart(sliceStart(now, paneMs) - windowMs, coarse * paneMs)
}

/**
 * The statistics of a stage at `now`, for every segment that anything is known of: a visit open, or a mark in the window.
 *
 * Counts come from the marks of whole panes that start in [window start, now), settled ones as they were, so `state`
 * should be one without records at or after `now`. Quantiles are exact: the engine's may be 1.1 % away. Ages count from
 * the middle of the entry pane. Durations and ages are in the stage's own time.
 *
 * @param by positions in the process's `attributes`, a subset of the stage's `by`; empty: the total, which is always there.
 * @returns keyed by the JSON array of the values of `by` (`[]`: the total). A statistic without a value is absent.
 */
export function windowStatistics(
  state: OracleState,
  stage: number,
  by: readonly number[],
  windowMs: number,
  now: number,
): Map<string, OracleStatistics> {
  const definition = state.process.stages[stage]!
  const { paneMs } = state.process
  const start = windowStart(paneMs, windowMs, now)
  /** Marks and open visits by the segment that they are in when cut by `by`. */
  const segments = new Map<string, { readonly marks: Mark[]; readonly open: OracleVisit[] }>()
  const cuts = new Map<string, string>()
  const place = (full: string) => {
    const segment = cuts.get(full) ?? cutOf(definition, full, by)
    cuts.set(full, segment)
    const known = segments.get(segment) ?? { marks: [], open: [] }
    segments.set(segment, known)
    return known
  }
  if (by.length === 0) segments.set('[]', { marks: [], open: [] })
  for (const [pane, ofPane] of state.marks[stage]!) {
    if (pane >= start && pane < now) for (const mark of ofPane) place(mark.segment).marks.push(mark)
  }
  for (const visit of state.visits) {
    if (visit.stage === stage && visit.outcome === 'open') place(visit.segment).open.push(visit)
  }

  const statistics = new Map<string, OracleStatistics>()
  for (const [segment, { marks, open }] of [...segments].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const values = valuesOf(marks)
    const own = durationsOf(marks, mark => mark.ownMs)
    const durations = marks.filter(mark => mark.what === 'completed').map(mark => mark.ownMs)
    durations.sort((left, right) => left - right)
    const aged = open.map(visit => {
      const entry = Math.min(sliceStart(visit.start, paneMs) + paneMs / 2, now)
      const target = targetOf(definition, visit.segment)
      const age = ownMs(definition, entry, now)
      if (definition.deadline?.at === undefined) return { age, isOverdue: target !== undefined && age > target }
      // To the width of a pane: the one that it is due in must be over.
      const due = dueOf(definition, visit)
      return { age, isOverdue: due !== undefined && sliceStart(due, paneMs) + paneMs <= now }
    })
    const ages = aged.map(({ age }) => age).sort((left, right) => left - right)
    const hasTarget = definition.target !== undefined || definition.deadline?.at !== undefined

    const all: Record<string, number | undefined> = {
      entered: values.entered,
      exited: values.exited,
      abandoned: values.abandoned,
      expired: values.expired,
      reworked: values.reworked,
      throughput: values.exited / ((now - start) / hourMs),
      avg: values.exited === 0 ? undefined : own.sum / values.exited,
      min: own.min,
      max: own.max,
      sum: own.sum,
      breached: hasTarget ? values.breached : undefined,
      within_target: hasTarget && values.exited > 0 ? 1 - values.breached / values.exited : undefined,
      wip: ages.length,
      age_max: ages.at(-1),
      overdue: hasTarget ? aged.filter(({ isOverdue }) => isOverdue).length : undefined,
      at_risk: ages.length + values.exited + values.abandoned + values.expired,
    }
    for (const percent of [50, 75, 90, 95, 99]) {
      all[`p${percent}`] = nearestRank(durations, percent)
      all[`age_p${percent}`] = nearestRank(ages, percent)
    }
    const present = Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined)
    statistics.set(segment, Object.fromEntries(present))
  }
  return statistics
}

/** The values of `by` of a full segment. */
function cutOf(definition: StageDefinition, segment: string, by: readonly number[]): string {
  const values: (string | null)[] = JSON.parse(segment)
  return JSON.stringify(by.map(position => values[definition.by.indexOf(position)]))
}
