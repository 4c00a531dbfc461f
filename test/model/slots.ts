import type { AttributeValue } from '../../src/event/event.ts'
import { OTHER } from '../../src/event/segment.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { byName, type Facts, lineOf, type OpenFact, type PaneFact } from './comparable.ts'
import type { Oracle, OracleEvent, OracleVisit } from './oracle.ts'
import type { Run } from './runs.ts'

/*
 * What a shard with too few slots for segments must still agree on with a model that counts every segment by itself.
 *
 * - Visits and counts: all of it. Slots have no say in them.
 * - The total: all of it.
 * - In each pane the segments, `__other__` among them, add up to the total.
 * - A segment that is certain to have had a slot all the time: all of it.
 * - Any other segment: no more than the model, since what found no slot stands under `__other__`.
 *
 * Certain is a segment that was in use when slots became short and has been in use ever since, as long as no visit
 * comes into it that may stand under `__other__`, where it then stays. Which visits stand there is left open: that
 * depends on the moment at which panes are let go of, and on what a case passed through when it was computed anew.
 */

/** Follows the model event by event and learns which segments are certain to have a slot. */
export class SlotWatch {
  readonly #process: ProcessDefinition
  readonly #stages: readonly { readonly known: Set<string>; certain: Set<string>; readonly strays: Set<string> }[]

  constructor(process: ProcessDefinition) {
    this.#process = process
    this.#stages = process.stages.map(() => ({ known: new Set(), certain: new Set(), strays: new Set() }))
  }

  /** To be called after every event, with its case. */
  see(model: Oracle, caseId: string): void {
    const runs = model.runsOf(caseId).map(run => ({ run, moments: momentsOf(this.#process, run) }))
    for (const [stage, watched] of this.#stages.entries()) {
      const inUse = model.segmentsOf(stage)
      for (const { moments } of runs) for (const { segments } of moments) watched.known.add(segments[stage]!)
      if (!this.isShort(stage)) {
        watched.certain = new Set(inUse)
        continue
      }
      for (const segment of watched.certain) if (!inUse.has(segment)) watched.certain.delete(segment)
      for (const { run, moments } of runs) {
        const visits = run.visits.filter(visit => visit.stage === stage)
        while (visits.some(visit => this.#spoils(visit, moments))) {}
      }
    }
  }

  /** More segments came than the stage has slots for. */
  isShort(stage: number): boolean {
    return this.#stages[stage]!.known.size > this.#process.stages[stage]!.maxSegments
  }

  isCertain(stage: number, segment: string): boolean {
    return this.#stages[stage]!.certain.has(segment)
  }

  certainOf(stage: number): ReadonlySet<string> {
    return this.#stages[stage]!.certain
  }

  /** The same, where panes may have been let go of and their slots with them: nothing is certain then. */
  withoutCertain(): Slots {
    return { isShort: stage => this.isShort(stage), isCertain: () => false }
  }

  /** Whether a visit that may stand under `__other__` has come into a segment that was certain till now. */
  #spoils(visit: OracleVisit, moments: readonly Moment[]): boolean {
    const { certain, strays } = this.#stages[visit.stage]!
    const key = JSON.stringify([visit.case, visit.start, visit.ordinal])
    const passed = moments.filter(({ at }) => at >= visit.start && at <= (visit.end ?? Infinity))
    const all = [visit.entrySegment, visit.segment, ...passed.map(({ segments }) => segments[visit.stage]!)]
    if (!all.every(segment => certain.has(segment))) strays.add(key)
    if (!strays.has(key)) return false
    const before = certain.size
    certain.delete(visit.entrySegment)
    certain.delete(visit.segment)
    return certain.size < before
  }
}

export type Slots = Pick<SlotWatch, 'isShort' | 'isCertain'>

/** What a run's segments were after one of its events, by stage. */
type Moment = { readonly at: number; readonly segments: readonly string[] }

function momentsOf(process: ProcessDefinition, { events, roles }: Run<OracleEvent>): Moment[] {
  let known: readonly AttributeValue[] = process.attributes.map(() => null)
  const moments: Moment[] = []
  for (const [index, event] of events.entries()) {
    if (roles[index] === 'before_start' || roles[index] === 'after_end') continue
    known = known.map((value, position) => event.attributes[position] ?? value)
    const texts = known.map(value => (value === null ? null : String(value)))
    moments.push({
      at: event.at,
      segments: process.stages.map(({ by }) => JSON.stringify(by.map(position => texts[position]))),
    })
  }
  return moments
}

/**
 * The lines that must be the same in a shard and in the model; where slots are short, in the form above.
 *
 * @param model the model's facts: `shard` itself may be those too.
 */
export function linesWithin(slots: Slots, shard: Facts, model: Facts): string[] {
  const isPlain = ({ stage, segment }: PaneFact | OpenFact) =>
    !slots.isShort(stage) || segment === 'total' || slots.isCertain(stage, segment)
  const cut = shard.panes.filter(({ stage, segment }) => slots.isShort(stage) && segment !== 'total')
  const cutOpen = shard.open.filter(({ stage }) => slots.isShort(stage))
  return [
    ...shard.visits,
    ...shard.panes.filter(isPlain).map(lineOf),
    ...shard.open.filter(isPlain).map(lineOf),
    ...grouped(cut, ({ stage, start }) => `all segments of ${stage} in ${start}`).map(([name, panes]) =>
      JSON.stringify([name, summed(panes)]),
    ),
    ...grouped(cutOpen, ({ stage, entryPane }) => `open in all segments of ${stage} since ${entryPane}`).map(
      ([name, counts]) => JSON.stringify([name, counts.reduce((sum, { visits }) => sum + visits, 0)]),
    ),
    ...cut.filter(pane => isMore(pane, model)).map(pane => `more than it can be: ${lineOf(pane)}`),
    ...cutOpen.filter(count => isMoreOpen(count, model)).map(count => `more than it can be: ${lineOf(count)}`),
    JSON.stringify(shard.counts),
  ].sort()
}

export const isOther = (segment: string): boolean => segment.includes(`"${OTHER}"`)

function grouped<T>(facts: readonly T[], nameOf: (fact: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const fact of facts) groups.set(nameOf(fact), [...(groups.get(nameOf(fact)) ?? []), fact])
  return [...groups]
}

const countsOf = ({ entered, reworked, exited, abandoned, expired, breached, sum }: PaneFact): number[] => [
  entered,
  reworked,
  exited,
  abandoned,
  expired,
  breached,
  sum,
]

const summed = (panes: readonly PaneFact[]): unknown => ({
  counts: panes.map(countsOf).reduce((sums, counts) => sums.map((sum, index) => sum + counts[index]!)),
  ...summedDurations(panes),
  business: summedDurations(panes.flatMap(({ business }) => business ?? [])),
})

function summedDurations(panes: readonly NonNullable<PaneFact['business']>[]) {
  const buckets = new Map<string, number>()
  for (const [bucket, count] of panes.flatMap(pane => pane.buckets)) {
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + count)
  }
  const extremes = panes.flatMap(({ min, max }) => (min === null || max === null ? [] : [min, max]))
  return {
    sum: panes.reduce((total, { sum }) => total + sum, 0),
    extremes: extremes.length === 0 ? [] : [Math.min(...extremes), Math.max(...extremes)],
    buckets: [...buckets].sort(byName),
  }
}

function isMore(pane: PaneFact, model: Facts): boolean {
  if (isOther(pane.segment)) return false
  const whole = model.panes.find(
    ({ stage, segment, start }) => stage === pane.stage && segment === pane.segment && start === pane.start,
  )
  if (whole === undefined) return true
  const limits = countsOf(whole)
  const buckets = new Map(whole.buckets)
  return (
    countsOf(pane).some((count, index) => count > limits[index]!) ||
    pane.buckets.some(([bucket, count]) => count > (buckets.get(bucket) ?? 0))
  )
}

function isMoreOpen(count: OpenFact, model: Facts): boolean {
  if (isOther(count.segment)) return false
  const whole = model.open.find(
    ({ stage, segment, entryPane }) =>
      stage === count.stage && segment === count.segment && entryPane === count.entryPane,
  )
  return count.visits > (whole?.visits ?? 0)
}
