import type fc from 'fast-check'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { type Draw, Drawn } from './draw.ts'
import { isOfOneCase } from './drawn-history.ts'
import type { OracleArrival, OracleEvent } from './oracle.ts'

/**
 * Another order of arrival of the same events, in which none is late: each arrives at its time plus a delay of at most
 * `settle`. Some are repeated, and they are cut into records anew. Two results for one history are two orders of one set
 * of events, so by law 1 they give the same visits, panes and open visits (counts of duplicates differ).
 *
 * Copies of one id that lie more than `settle` from the earliest are left out, the same ones each time: whether these
 * are one event or two depends on the order. Ignored events are left out too.
 */
export const shuffledWithinSettle = (
  process: ProcessDefinition,
  arrivals: readonly OracleArrival[],
): fc.Arbitrary<OracleArrival[]> => {
  const arriving = withDeadlines(arrivals, process.settleMs)
  // An order without some of the events would be one of another set: only the history that it is of becomes smaller.
  return new Drawn(
    draw => shuffle(draw, arriving),
    () => [],
  )
}

type Arriving = {
  readonly topic: string
  readonly partition: number
  readonly event: OracleEvent
  /** The latest moment at which it may arrive. */
  readonly deadline: number
}

function withDeadlines(arrivals: readonly OracleArrival[], settleMs: number): Arriving[] {
  const all = arrivals.flatMap(({ topic, partition, events }) =>
    events.flatMap(event => ('ignored' in event ? [] : [{ topic, partition, event }])),
  )
  const earliest = new Map<string, number>()
  const nameOf = ({ case: caseId, id }: OracleEvent) => JSON.stringify([caseId, id])
  for (const { event } of all) {
    if (event.id !== undefined) {
      earliest.set(nameOf(event), Math.min(earliest.get(nameOf(event)) ?? Number.POSITIVE_INFINITY, event.at))
    }
  }
  return all
    .map(item => ({ ...item, deadline: (earliest.get(nameOf(item.event)) ?? item.event.at) + settleMs }))
    .filter(({ event, deadline }) => event.at <= deadline)
}

function shuffle(draw: Draw, arriving: readonly Arriving[]): OracleArrival[] {
  const copies = arriving.flatMap(item => {
    const joins = draw.oneIn(4)
    const times = draw.oneIn(3) ? draw.between(2, 3) : 1
    return Array.from({ length: times }, () => ({
      ...item,
      joins,
      due: draw.between(item.event.at, item.deadline),
      tie: draw.below(1_000_000),
    }))
  })
  copies.sort((left, right) => left.due - right.due || left.tie - right.tie)
  const result: { topic: string; partition: number; events: OracleEvent[] }[] = []
  for (const { topic, partition, event, joins } of copies) {
    const last = result.at(-1)
    if (joins && last?.topic === topic && isOfOneCase([...last.events, event])) last.events.push(event)
    else result.push({ topic, partition, events: [event] })
  }
  return result
}
