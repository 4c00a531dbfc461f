import type { ProcessDefinition } from '../../src/model/definitions.ts'
import {
  addCopy,
  type Counted,
  countedOf,
  hasLeftMemory,
  identity,
  type Kept,
  runsOfKept,
  shardWatermark,
} from './kept-event.ts'
import {
  describe,
  noCounts,
  type OracleArrival,
  type OracleCounts,
  type OracleOptions,
  type OracleState,
  panesFrom,
  partitionOf,
  topicsOf,
} from './oracle-state.ts'
import type { OracleVisit } from './runs.ts'

/**
 * The same for large sets without a late event: each case is computed once, after the last record. What has left memory
 * needs no thought then: no event on time can reach it, nor a settled pane.
 *
 * @throws Error at the first late event.
 */
export function oracleFinalOnly(
  process: ProcessDefinition,
  arrivals: readonly OracleArrival[],
  options: OracleOptions = {},
): OracleState {
  const partition = partitionOf(arrivals)
  const slots = topicsOf(process, arrivals, options).map(topic => `${topic}/${partition}`)
  const watermarks = new Map<string, number>(slots.map(slot => [slot, Number.NEGATIVE_INFINITY]))
  const counts = new Map<string, OracleCounts>(slots.map(slot => [slot, noCounts()]))
  const kept = new Map<string, Kept[]>()
  const byIdentity = new Map<string, Kept>()
  for (const arrival of arrivals) {
    const slot = `${arrival.topic}/${arrival.partition}`
    const count = counts.get(slot)!
    for (const event of arrival.events) {
      count.events++
      if ('ignored' in event) {
        count.ignored++
        continue
      }
      const own = watermarks.get(slot)!
      const horizon = shardWatermark([...watermarks.values()]) - process.settleMs
      if (event.at < own - process.settleMs || event.at < horizon)
        throw new Error(`late event: case ${event.case} activity ${event.activity} at ${event.at}, horizon ${horizon}`)
      const key = JSON.stringify([event.case, identity(process, event)])
      const twin = byIdentity.get(key)
      if (twin !== undefined && twin.event.at >= horizon) {
        count.duplicate++
        addCopy(twin, event, slot, true)
      } else {
        count.counted++
        const mate: Kept = { event, slot, copies: [], folded: false }
        byIdentity.set(key, mate)
        const mates = kept.get(event.case)
        if (mates === undefined) kept.set(event.case, [mate])
        else mates.push(mate)
      }
      watermarks.set(slot, Math.max(own, event.at))
    }
  }
  const watermark = shardWatermark([...watermarks.values()])
  const visits: OracleVisit[] = []
  const counted: Counted[] = []
  const casesInMemory: string[] = []
  for (const [caseId, mates] of kept) {
    const runs = runsOfKept(process, mates, watermark)
    for (const run of runs) {
      for (const visit of run.visits) visits.push(visit)
      for (const fact of countedOf(run)) counted.push(fact)
    }
    if (runs.some(run => !hasLeftMemory(process, run, watermark))) casesInMemory.push(caseId)
  }
  return describe(process, { counts, counted, watermark, visits, marks: panesFrom(process, visits), casesInMemory })
}
