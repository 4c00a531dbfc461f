import fc from 'fast-check'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { type Draw, Drawn } from './draw.ts'
import { drawHistory, originAtBorder, originAtEpoch } from './drawn-history.ts'
import { drawProcess, withFewSegments } from './drawn-process.ts'
import { historyText } from './history-text.ts'
import type { OracleArrival } from './oracle.ts'
import { smallerHistories, smallerProcesses } from './shrink.ts'

/*
 * Processes and histories for properties. What they are like stands in drawn-process.ts and drawn-history.ts; how they
 * become smaller when a property fails, in shrink.ts. A failure is printed as history-text.ts writes it.
 */

export { recordValue } from './history-text.ts'
export { shuffledWithinSettle } from './shuffled.ts'

export type History = { readonly process: ProcessDefinition; readonly arrivals: readonly OracleArrival[] }

/** Every segment has a slot of its own. */
export const processes = (): fc.Arbitrary<ProcessDefinition> => new Drawn(drawProcess, smallerProcesses)

/** At least 30 events at the median, at most some hundred; partition 0. All begin near the epoch, so that several of them can be the partitions of one topic. */
export const histories = (process: ProcessDefinition): fc.Arbitrary<OracleArrival[]> =>
  new Drawn(draw => drawHistory(draw, process, originAtEpoch(draw, process)), smallerHistories)

export const drawPlainHistory = (draw: Draw): History => drawHistoryOf(draw, drawProcess(draw))

/** Of a process that may keep fewer segments than come. */
export const drawOverflowingHistory = (draw: Draw): History =>
  drawHistoryOf(draw, withFewSegments(drawProcess(draw), draw))

function drawHistoryOf(draw: Draw, process: ProcessDefinition): History {
  const hasCalendar = process.stages.some(({ calendar }) => calendar !== undefined)
  const isAtBorder = hasCalendar ? !draw.oneIn(4) : draw.oneIn(3)
  const origin = isAtBorder ? originAtBorder(draw, process) : originAtEpoch(draw, process)
  return readable({ process, arrivals: drawHistory(draw, process, origin) })
}

/** A process and a history of it, anywhere in time. */
export const processesWithHistories = (): fc.Arbitrary<History> => new Drawn(drawPlainHistory, smaller)

/** Printed as a text that a person can read. */
export const readable = (history: History): History => ({
  ...history,
  ...{ [fc.toStringMethod]: () => historyText(history) },
})

export function* smaller({ process, arrivals }: History): Generator<History> {
  for (const fewer of smallerHistories(arrivals)) yield readable({ process, arrivals: fewer })
  for (const simpler of smallerProcesses(process)) yield readable({ process: simpler, arrivals })
}
