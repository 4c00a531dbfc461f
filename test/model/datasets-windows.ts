import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { OracleVisit } from './oracle.ts'
import { sliceStart, targetOf } from './panes.ts'
import { nearestRank, type OracleStatistics, windowStart } from './statistics.ts'

/*
 * The statistics of a window straight from the visits, all segments in one go: `windowStatistics` looks at everything
 * once for each segment, which is too slow for a thousand of them. Where no event is late the panes need not be asked:
 * what lies at or after the window's start counts.
 */

export type WindowQuestion = {
  readonly process: ProcessDefinition
  /** Of the stage, all that may matter: open, or ended at or after the window's start. Records before `at` were seen. */
  readonly visits: readonly OracleVisit[]
  readonly stage: number
  /** Positions in the process's `attributes`, a subset of the stage's `by`; empty: the total. */
  readonly by: readonly number[]
  readonly windowMs: number
  readonly at: number
}

/** What was seen of one segment. */
type Sample = {
  entered: number
  reworked: number
  abandoned: number
  expired: number
  breached: number
  overdue: number
  readonly durations: number[]
  readonly ages: number[]
}

const hourMs = 3_600_000

/** @returns as `windowStatistics`: by segment, of those that anything is known of; `[]` is the total. */
export function segmentStatistics(question: WindowQuestion): Map<string, OracleStatistics> {
  const { process, visits, stage, by, windowMs, at } = question
  const definition = process.stages[stage]!
  const from = windowStart(process.paneMs, windowMs, at)
  const samples = new Map<string, Sample>()
  const cut = remembered((segment: string) => {
    const values: (string | null)[] = JSON.parse(segment)
    return JSON.stringify(by.map(position => values[definition.by.indexOf(position)]))
  })
  const target = remembered((segment: string) => targetOf(definition, segment) ?? Number.POSITIVE_INFINITY)
  const sampleOf = (segment: string): Sample => {
    const key = cut(segment)
    const sample = samples.get(key) ?? emptySample()
    samples.set(key, sample)
    return sample
  }

  if (by.length === 0) samples.set('[]', emptySample())
  for (const visit of visits) {
    if (visit.start >= from) {
      const sample = sampleOf(visit.entrySegment)
      sample.entered++
      if (visit.visit >= 2) sample.reworked++
    }
    if (visit.end === undefined) {
      const sample = sampleOf(visit.segment)
      // Ages are known to the width of a pane: the entry counts as its middle, but never as later than now.
      const age = Math.max(0, at - (sliceStart(visit.start, process.paneMs) + process.paneMs / 2))
      sample.ages.push(age)
      if (age > target(visit.segment)) sample.overdue++
    } else if (visit.end >= from) {
      const sample = sampleOf(visit.segment)
      if (visit.outcome === 'abandoned') sample.abandoned++
      else if (visit.outcome === 'expired') sample.expired++
      else {
        const duration = visit.end - visit.start
        sample.durations.push(duration)
        if (duration > target(visit.segment)) sample.breached++
      }
    }
  }
  const hasTarget = definition.target !== undefined
  return new Map([...samples].map(([segment, sample]) => [segment, statistics(sample, at - from, hasTarget)]))
}

function statistics(sample: Sample, lengthMs: number, hasTarget: boolean): OracleStatistics {
  const durations = sample.durations.sort((left, right) => left - right)
  const ages = sample.ages.sort((left, right) => left - right)
  const exited = durations.length
  const sum = durations.reduce((total, duration) => total + duration, 0)
  const all: Record<string, number | undefined> = {
    entered: sample.entered,
    exited,
    abandoned: sample.abandoned,
    expired: sample.expired,
    reworked: sample.reworked,
    throughput: exited / (lengthMs / hourMs),
    avg: exited === 0 ? undefined : sum / exited,
    min: durations[0],
    max: durations.at(-1),
    sum,
    breached: hasTarget ? sample.breached : undefined,
    within_target: hasTarget && exited > 0 ? 1 - sample.breached / exited : undefined,
    wip: ages.length,
    age_max: ages.at(-1),
    overdue: hasTarget ? sample.overdue : undefined,
    at_risk: ages.length + exited + sample.abandoned + sample.expired,
  }
  for (const percent of [50, 75, 90, 95, 99]) {
    all[`p${percent}`] = nearestRank(durations, percent)
    all[`age_p${percent}`] = nearestRank(ages, percent)
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined))
}

const emptySample = (): Sample => ({
  entered: 0,
  reworked: 0,
  abandoned: 0,
  expired: 0,
  breached: 0,
  overdue: 0,
  durations: [],
  ages: [],
})

/** Of a few hundred segments and a million questions. */
function remembered<T>(answer: (segment: string) => T): (segment: string) => T {
  const known = new Map<string, T>()
  return segment => {
    const found = known.get(segment)
    if (found !== undefined) return found
    const fresh = answer(segment)
    known.set(segment, fresh)
    return fresh
  }
}
