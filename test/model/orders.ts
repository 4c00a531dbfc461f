import { type OracleArrival, type OracleState, oracle } from './oracle.ts'
import { makeProcess, type ProcessSketch } from './process.ts'

/* The process of the hand-written examples, its events in short, and what came of them in short. */

export const orders: ProcessSketch = {
  activities: ['created', 'paid', 'picked', 'delivered', 'cancelled', 'ping'],
  attributes: ['wh', 'note:field'],
  stages: {
    picking: { from: ['paid'], to: ['picked'], by: ['wh'] },
    lead: { from: ['created'], to: ['delivered'] },
  },
  ends: { completed: ['delivered'], cancelled: ['cancelled'] },
  settle: 10,
  pane: 10,
  timeout: 100,
}

export type Written = readonly [
  at: number,
  what: string,
  more?: { wh?: string; note?: string; id?: string; topic?: string },
]

/** Events of `case:activity`; without a case, of case A. */
export function write(sketch: ProcessSketch, events: readonly Written[]): OracleArrival[] {
  return events.map(([at, what, { wh, note, id, topic } = {}]) => {
    const [activity, caseId] = what.split(':').reverse()
    const position = sketch.activities.indexOf(activity!)
    const place = { topic: topic ?? Object.keys(sketch.topics ?? { events: 0 })[0]!, partition: 0 }
    if (position < 0) return { ...place, events: [{ ignored: activity! }] }
    return {
      ...place,
      events: [{ case: caseId ?? 'A', activity: position, at, id, attributes: [wh ?? null, note ?? null] }],
    }
  })
}

export const run = (events: readonly Written[], change: Partial<ProcessSketch> = {}): OracleState =>
  oracle(makeProcess({ ...orders, ...change }), write({ ...orders, ...change }, events))

/** `stage/k start-end outcome reason`, in order. */
export const visits = (state: OracleState): string[] =>
  state.visits.map(({ stage, visit, start, end, outcome, reason }) =>
    [`${state.process.stages[stage]!.name}/${visit}`, `${start}-${end ?? ''}`, outcome, reason]
      .filter(Boolean)
      .join(' '),
  )

export const counts = (state: OracleState, slot = 'events/0') => {
  const nonZero = Object.entries(state.counts[slot]!).filter(([, count]) => count > 0)
  return Object.fromEntries(nonZero)
}

/** The non-zero counts of one pane. */
export const pane = (state: OracleState, stage: number, segment: string, start: number) => {
  const found = state.panes.find(p => p.stage === stage && p.segment === segment && p.start === start)
  if (found === undefined) return undefined
  const { entered, exited, abandoned, expired, reworked } = found
  return Object.fromEntries(Object.entries({ entered, exited, abandoned, expired, reworked }).filter(([, n]) => n > 0))
}
