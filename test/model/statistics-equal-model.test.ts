import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { timesOf } from './drawn-history.ts'
import { processesWithHistories } from './histories.ts'
import { MeasureComparison, noMeasuresCompared } from './measure-comparison.ts'
import { makeOracle, type OracleArrival } from './oracle.ts'
import { replayed } from './replayed.ts'
import { FedShard, topicsOf } from './shard-state.ts'
import { longest, nothingCompared, WindowComparison, windowLengths, withWindows } from './window-comparison.ts'

/*
 * Windows as an evaluation over history sees them: at T, of each topic the records before the first one that lifts it to
 * T or beyond; all window lengths at once, with long silences in between and restarts from a snapshot.
 */

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

test('windows of a fed shard have the statistics of the model at instants that move forward', {
  timeout: 240_000,
}, () => {
  const runs = 400
  const compared = nothingCompared()
  const ofMeasures = noMeasuresCompared()
  let restarts = 0
  fc.assert(
    fc.property(questions(), ({ made, looks, silence }) => {
      const definition = withWindows(made.process, windowLengths)
      const arrivals = withSilence(made.arrivals, silence.before, silence.panes * definition.paneMs)
      const model = makeOracle(definition, topicsOf(definition), 0)
      let fed = new FedShard(definition)
      let windows = new WindowComparison(definition)
      let measures = new MeasureComparison(definition)
      let left: readonly OracleArrival[] = arrivals
      for (const { at, restart } of instants(definition, arrivals, looks)) {
        const { seen, rest } = splitAt(left, at)
        left = rest
        for (const [index, arrival] of seen.entries()) {
          fed.take(arrival)
          model.take(arrival)
          if (!restart || index !== seen.length >> 1) continue
          // Rows that nobody has taken are not part of a snapshot.
          fed.drain()
          fed = new FedShard(definition, fed)
          windows = new WindowComparison(definition)
          measures = new MeasureComparison(definition)
          restarts++
        }
        const state = model.state()
        measures.comparePanes(fed, model.measured, `at ${at}`, ofMeasures)
        for (const panes of windowLengths) {
          windows.compare(fed.shard, state, panes, at, compared)
          measures.compareWindows(fed.shard, model.measured, panes * definition.paneMs, at, ofMeasures)
        }
      }
    }),
    { numRuns: runs, ...replayed },
  )
  if (replayed.path !== undefined) return
  // A comparison of nothing with nothing would pass just as well.
  const { short: _, ...ofPlain } = ofMeasures
  for (const count of [restarts, ...Object.values(compared), ...Object.values(ofPlain)])
    expect(count).toBeGreaterThan(runs / 4)
})

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
  if (times.length === 0) return []
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
