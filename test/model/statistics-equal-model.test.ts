import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SegmentGroups } from '../../src/engine/segment-groups.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { type StatisticName, statisticNames } from '../../src/model/statistics.ts'
import { statisticsOf } from '../../src/windows/statistics.ts'
import { processesWithHistories } from './histories.ts'
import { makeOracle, type OracleArrival } from './oracle.ts'
import { makeRule } from './process.ts'
import { FedShard, topicsOf } from './shard-state.ts'
import { type OracleStatistics, windowStatistics } from './statistics.ts'

/** A failure prints its seed; `FC_SEED=… npx vitest run test/model/statistics-equal-model.test.ts` replays it. */
const seed = process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }

/** In panes; the longest two have a coarse old end, of 2 and of 8 panes. */
const windowLengths = [1, 3, 40, 1_003, 4_100] as const
const longest = 4_100

const quantile = /^p\d\d$/

/** One instant of evaluation, as a share of the history's length, and what happens before it. */
const look = fc.record({
  share: fc.double({ min: 0, max: 1.1, noNaN: true }),
  /** On the edge of a pane, where a window holds complete panes only. */
  onEdge: fc.boolean(),
  /** So late that the old end of the longest windows lies among the events. */
  farOff: fc.constantFrom(0, 0, 0, 1_003, longest),
  restart: fc.boolean(),
})

const questions = () =>
  fc.record({
    made: processesWithHistories(),
    looks: fc.array(look, { minLength: 3, maxLength: 3 }),
    /** A silence somewhere in the history, in panes: windows move on beyond all that they held, panes are let go. */
    silence: fc.record({ before: fc.nat(90), panes: fc.constantFrom(0, 0, 3, 45, 990, 1_010, longest - 5, 9_000) }),
  })

test('windows of a fed shard have the statistics of the model at instants that move forward', () => {
  const reached = { restarted: 0, segments: 0, coarse: 0, quantiles: 0, aged: 0 }
  fc.assert(
    fc.property(questions(), ({ made, looks, silence }) => {
      const definition = withWindows(made.process)
      const arrivals = withSilence(made.arrivals, silence.before, silence.panes * definition.paneMs)
      const model = makeOracle(definition, topicsOf(definition), 0)
      let fed = new FedShard(definition)
      let left: readonly OracleArrival[] = arrivals
      let readers = readersOf(definition)
      for (const { at, restart } of instants(definition, arrivals, looks)) {
        const { seen, rest } = splitAt(left, at)
        left = rest
        for (const [index, arrival] of seen.entries()) {
          fed.take(arrival)
          model.take(arrival)
          if (!restart || index !== seen.length >> 1) continue
          fed = new FedShard(definition, fed)
          readers = readersOf(definition)
          reached.restarted++
        }
        const state = model.state()
        for (const { stage, by, groups } of readers) {
          for (const panes of windowLengths) {
            const windowMs = panes * definition.paneMs
            const wanted = windowStatistics(state, stage, by, windowMs, at)
            const hasTarget = definition.stages[stage]!.target !== undefined
            const found = new Map<string, OracleStatistics>()
            for (const { segment, parts, overdueParts } of groups.of([fed.shard]).values()) {
              const { paneMs } = definition
              const lookup = statisticsOf({ parts, overdueParts, windowMs, paneMs, at, hasTarget })
              const values = statisticNames.map(name => [name, lookup(name)] as const)
              found.set(segment, Object.fromEntries(values.filter(([, value]) => value !== undefined)) as never)
            }
            const context = { stage, by, panes, at }
            expect({ ...context, missing: [...wanted.keys()].filter(segment => !found.has(segment)) }).toEqual({
              ...context,
              missing: [],
            })
            for (const [segment, values] of found) {
              const exact = wanted.get(segment) ?? nothing(hasTarget)
              expectSame({ ...context, segment }, values, exact)
              reached.segments += segment === '[]' ? 0 : 1
              reached.coarse += panes > 1_000 && (exact.exited ?? 0) > 0 ? 1 : 0
              reached.quantiles += (exact.p50 ?? 0) > 0 ? 1 : 0
              reached.aged += (exact.age_max ?? 0) > 0 ? 1 : 0
            }
          }
        }
      }
    }),
    { numRuns: 400, ...seed },
  )
  // A comparison of nothing with nothing would pass just as well.
  const { restarted, segments, coarse, quantiles, aged } = reached
  for (const count of [restarted, segments, coarse, quantiles, aged]) expect(count).toBeGreaterThan(100)
})

function withWindows(definition: ProcessDefinition): ProcessDefinition {
  const rules = definition.stages.flatMap((_, stage) =>
    windowLengths.map(panes => makeRule({ name: `r${stage}_${panes}`, stage, window: panes * definition.paneMs })),
  )
  return { ...definition, rules }
}

/** Of each stage: its total, its full `by`, and the first of its dimensions alone where there are two. */
function readersOf(definition: ProcessDefinition) {
  return definition.stages.flatMap(({ by }, stage) => {
    const cuts = [[], ...(by.length > 0 ? [by] : []), ...(by.length > 1 ? [by.slice(0, 1), by.slice(1)] : [])]
    return cuts.map(cut => ({ stage, by: cut, groups: new SegmentGroups(definition, stage, cut) }))
  })
}

const timesOf = ({ events }: OracleArrival): number[] => events.flatMap(event => ('ignored' in event ? [] : [event.at]))

function withSilence(arrivals: readonly OracleArrival[], before: number, lengthMs: number): OracleArrival[] {
  return arrivals.map((arrival, index) => ({
    ...arrival,
    events: arrival.events.map(event =>
      'ignored' in event || index < before ? event : { ...event, at: event.at + lengthMs },
    ),
  }))
}

function instants(
  definition: ProcessDefinition,
  arrivals: readonly OracleArrival[],
  looks: readonly { share: number; onEdge: boolean; farOff: number; restart: boolean }[],
): { at: number; restart: boolean }[] {
  const times = arrivals.flatMap(timesOf)
  const first = Math.min(...times)
  const last = Math.max(...times)
  const { paneMs } = definition
  return looks
    .map(({ share, onEdge, farOff, restart }) => {
      const at = first + Math.round(share * (last - first)) + farOff * paneMs
      return { at: onEdge ? Math.ceil(at / paneMs) * paneMs : at, restart }
    })
    .sort((left, right) => left.at - right.at)
}

/** Of each topic the records before the first one that lifts its watermark to `at` or beyond. */
function splitAt(arrivals: readonly OracleArrival[], at: number): { seen: OracleArrival[]; rest: OracleArrival[] } {
  const held = new Set<string>()
  const seen: OracleArrival[] = []
  const rest: OracleArrival[] = []
  for (const arrival of arrivals) {
    if (timesOf(arrival).some(time => time >= at)) held.add(arrival.topic)
    if (held.has(arrival.topic)) rest.push(arrival)
    else seen.push(arrival)
  }
  return { seen, rest }
}

/** Of a segment that has only been heard of before the window. */
const nothing = (hasTarget: boolean): OracleStatistics => ({
  entered: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  throughput: 0,
  sum: 0,
  wip: 0,
  at_risk: 0,
  ...(hasTarget ? { breached: 0, overdue: 0 } : {}),
})

function expectSame(context: object, found: OracleStatistics, exact: OracleStatistics): void {
  const rounded: Record<string, number> = { ...found }
  for (const name of Object.keys(exact)) {
    const value = exact[name]!
    const bound = quantile.test(name) ? 0.011 * value : name === 'throughput' ? 1e-12 * value : 0
    if (rounded[name] !== undefined && Math.abs(rounded[name] - value) <= bound) rounded[name] = value
  }
  const inOrder = (values: OracleStatistics) =>
    Object.fromEntries(statisticNames.map((name: StatisticName) => [name, values[name]]))
  expect({ ...context, ...inOrder(rounded) }).toEqual({ ...context, ...inOrder(exact) })
}
