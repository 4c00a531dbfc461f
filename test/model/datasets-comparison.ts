import fc from 'fast-check'
import { SegmentGroups } from '../../src/engine/segment-groups.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { statisticNames } from '../../src/model/statistics.ts'
import { statisticsOf } from '../../src/windows/statistics.ts'
import { type DataSet, processOf, readDataSet, watchedOver } from './datasets.ts'
import { makeInOrderModel } from './datasets-model.ts'
import { segmentStatistics } from './datasets-windows.ts'
import { type Comparable, comparableOf, FedShard, topicsOf } from './shard-state.ts'
import { type OracleStatistics, windowStart } from './statistics.ts'

/*
 * A data set through the shard and through the model: windows at drawn instants on the way, all rows at the end.
 *
 * An instant sees the records before the first one at or after it, as the evaluation of a replay does. Half of the
 * instants are drawn among the events, so that busy days are looked at often, half among time, so that silences are.
 */

export type DataSetComparison = {
  readonly seed: number
  /** In words; the first ones. */
  readonly atInstants: readonly string[]
  readonly atTheEnd: readonly string[]
  /** How much was compared, so that a comparison of nothing with nothing is seen. */
  readonly reached: Reached
  /** Of the model at the end, without those that are 0. */
  readonly counts: Readonly<Record<string, number>>
  readonly outcomes: Readonly<Record<string, number>>
}

export type Reached = {
  instants: number
  /** Segments with a sample, over all instants and windows. */
  segments: number
  coarse: number
  quantiles: number
  ages: number
  reworked: number
  abandoned: number
  expired: number
  overdue: number
}

/** Differences told at most; a mistake in the fold shows thousands of times. */
const MOST = 20

const look = fc.record({
  among: fc.constantFrom('events', 'time'),
  /** In millionths: the doubles of fast-check are mostly next to nothing. */
  share: fc.nat(1_000_000),
  /** On the edge of a pane, where a window holds complete panes only. */
  onEdge: fc.boolean(),
})

/** @param windowsMs shortest first; multiples of the process's pane. */
export function compareDataSet(set: DataSet, windowsMs: readonly number[], seed: number): DataSetComparison {
  const process = watchedOver(processOf(set), windowsMs)
  const { times, recordAt } = readDataSet(set, process)
  const fed = new FedShard(process)
  const model = makeInOrderModel(process, topicsOf(process)[0]!)
  const readers = readersOf(process)
  const reached = noneReached()
  const atInstants = new Differences()
  let next = 0
  const takeBefore = (at: number) => {
    for (; next < times.length && times[next]! < at; next++) {
      const { decoded, read } = recordAt(next)
      fed.take(decoded)
      model.take(read)
    }
    fed.drain()
  }
  for (const at of instants(process, times, fc.sample(look, { seed, numRuns: 100 }))) {
    takeBefore(at)
    reached.instants++
    const visits = model.visitsSince(windowStart(process.paneMs, windowsMs.at(-1)!, at))
    for (const reader of readers) {
      for (const windowMs of windowsMs) {
        const { stage, by, hasTarget } = reader
        const wanted = segmentStatistics({ process, visits: visits[stage]!, stage, by, windowMs, at })
        const found = engineStatistics(process, reader, fed, windowMs, at)
        const where = `at ${new Date(at).toISOString()} stage ${stage} by [${by}] window ${windowMs}`
        compareSegments(where, found, wanted, atInstants, hasTarget)
        for (const statistics of wanted.values()) note(reached, statistics, windowMs > 1_000 * process.paneMs)
      }
    }
  }
  takeBefore(Number.POSITIVE_INFINITY)
  const state = model.state()
  // What is not compared of a state need not be computed for it.
  const end = comparableOf({ ...state, watermark: undefined, casesInMemory: [], openRests: [], marks: [] })
  const outcomes: Record<string, number> = {}
  for (const { outcome } of state.visits) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  const counts = Object.entries(Object.values(state.counts)[0]!).filter(([, count]) => count > 0)
  return {
    seed,
    atInstants: atInstants.texts(),
    atTheEnd: compareEnds(fed.state(), end),
    reached,
    counts: Object.fromEntries(counts),
    outcomes,
  }
}

function instants(
  process: ProcessDefinition,
  times: Float64Array,
  looks: readonly { among: string; share: number; onEdge: boolean }[],
): number[] {
  const first = times[0]!
  const last = times.at(-1)!
  return looks
    .map(({ among, share: millionths, onEdge }) => {
      const share = millionths / 1_000_000
      const event = times[Math.floor(share * (times.length - 1))]!
      const at = among === 'events' ? event + 1 : first + Math.ceil(share * (last - first))
      return onEdge ? Math.ceil(at / process.paneMs) * process.paneMs : at
    })
    .sort((left, right) => left - right)
}

type Reader = {
  readonly stage: number
  readonly by: readonly number[]
  readonly groups: SegmentGroups
  readonly hasTarget: boolean
}

/** Of each stage: its total, its full `by`, and each of its dimensions alone where there are two. */
function readersOf(process: ProcessDefinition): Reader[] {
  return process.stages.flatMap(({ by, target }, stage) => {
    const cuts = [[], ...(by.length > 0 ? [by] : []), ...(by.length > 1 ? by.map(dimension => [dimension]) : [])]
    return cuts.map(cut => ({
      stage,
      by: cut,
      groups: new SegmentGroups(process, stage, cut),
      hasTarget: target !== undefined,
    }))
  })
}

function engineStatistics(
  { paneMs }: ProcessDefinition,
  { groups, hasTarget }: Reader,
  fed: FedShard,
  windowMs: number,
  at: number,
): Map<string, OracleStatistics> {
  const found = new Map<string, OracleStatistics>()
  for (const { segment, parts, overdueParts } of groups.of([fed.shard]).values()) {
    const lookup = statisticsOf({ parts, overdueParts, windowMs, paneMs, at, hasTarget })
    const values: Record<string, number> = {}
    for (const name of statisticNames) {
      const value = lookup(name)
      if (value !== undefined) values[name] = value
    }
    found.set(segment, values)
  }
  return found
}

function compareSegments(
  where: string,
  found: ReadonlyMap<string, OracleStatistics>,
  wanted: ReadonlyMap<string, OracleStatistics>,
  differences: Differences,
  hasTarget: boolean,
): void {
  for (const segment of wanted.keys()) if (!found.has(segment)) differences.tell(`${where} ${segment}: missing`)
  for (const [segment, values] of found) {
    // A segment that has only been heard of before the window has counts of nothing, and no samples.
    const exact = wanted.get(segment) ?? nothing(hasTarget)
    for (const name of statisticNames) {
      if (!isWithin(name, values[name], exact[name]))
        differences.tell(`${where} ${segment} ${name}: expected ${exact[name]}, is ${values[name]}`)
    }
  }
}

/** Quantiles of durations are within 1.1 %, everything else is exact; `throughput` up to the last bits of its division. */
function isWithin(name: string, found: number | undefined, exact: number | undefined): boolean {
  if (found === undefined || exact === undefined) return found === exact
  const bound = /^p\d\d$/.test(name) ? 0.011 * exact : name === 'throughput' ? 1e-12 * exact : 0
  return Math.abs(found - exact) <= bound
}

const nothing = (hasTarget: boolean): OracleStatistics => {
  const counts = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'throughput', 'sum', 'wip', 'at_risk']
  return Object.fromEntries([...counts, ...(hasTarget ? ['breached', 'overdue'] : [])].map(name => [name, 0]))
}

function compareEnds(found: Comparable, wanted: Comparable): string[] {
  const differences = new Differences()
  for (const rows of ['visits', 'panes', 'open'] as const) {
    if (isSame(found[rows], wanted[rows])) continue
    const isFound = new Set(found[rows])
    const isWanted = new Set(wanted[rows])
    for (const row of isWanted) if (!isFound.has(row)) differences.tell(`${rows}: missing ${row}`)
    for (const row of isFound) if (!isWanted.has(row)) differences.tell(`${rows}: not expected ${row}`)
    if (isFound.size !== found[rows].length) differences.tell(`${rows}: some are there twice`)
  }
  const counts = [found.counts, wanted.counts].map(all => JSON.stringify(all))
  if (counts[0] !== counts[1]) differences.tell(`counts: expected ${counts[1]}, are ${counts[0]}`)
  return differences.texts()
}

/** Both are sorted. */
const isSame = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((row, index) => row === right[index])

class Differences {
  readonly #first: string[] = []
  #more = 0

  tell(text: string): void {
    if (this.#first.length < MOST) this.#first.push(text)
    else this.#more++
  }

  texts(): string[] {
    return this.#more === 0 ? this.#first : [...this.#first, `and ${this.#more} more`]
  }
}

const noneReached = (): Reached => ({
  instants: 0,
  segments: 0,
  coarse: 0,
  quantiles: 0,
  ages: 0,
  reworked: 0,
  abandoned: 0,
  expired: 0,
  overdue: 0,
})

function note(reached: Reached, statistics: OracleStatistics, isCoarse: boolean): void {
  const has = (name: string) => ((statistics[name] ?? 0) > 0 ? 1 : 0)
  reached.segments += has('at_risk')
  reached.coarse += isCoarse ? has('exited') : 0
  reached.quantiles += has('p50')
  reached.ages += has('age_max')
  reached.reworked += has('reworked')
  reached.abandoned += has('abandoned')
  reached.expired += has('expired')
  reached.overdue += has('overdue')
}
