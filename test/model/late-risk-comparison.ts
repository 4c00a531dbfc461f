import { expect } from 'vitest'
import { SegmentGroups } from '../../src/engine/segment-groups.ts'
import { lateRiskOf } from '../../src/model/deadline.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { foldStagesOf } from '../../src/model/fold-stages.ts'
import type { ShardView } from '../../src/shard/view.ts'
import { deadlineWindowsOf, tellsLateRisk } from '../../src/windows/config.ts'
import { LateRisk } from '../../src/windows/late-risk.ts'
import { allStagesOf, saysTheSame } from './deadlines.ts'
import { cutOf, dueCases, LateRiskModel } from './late-risk-model.ts'
import type { OracleState } from './oracle.ts'
import type { FedShard } from './shard-state.ts'

/* Late risk, and where single cases stand, of a shard against those of the model. */

/** Segments of generated histories are small, and must get tables of their own all the same. */
const WANTED_ENTRIES = 2

export type LateRiskCompared = { cases: number; atRisk: number; uncertain: number; inside: number; rests: number }

export const noLateRiskCompared = (): LateRiskCompared => ({ cases: 0, atRisk: 0, uncertain: 0, inside: 0, rests: 0 })

/**
 * @param shard that of `fed`, or its replica.
 * @param at T, later than all events so far.
 */
export function compareLateRisk(
  definition: ProcessDefinition,
  fed: FedShard,
  shard: ShardView,
  state: OracleState,
  at: number,
  compared: LateRiskCompared,
): void {
  for (const [stage, { by }] of definition.stages.entries()) {
    const deadline = lateRiskOf(definition.stages[stage]!)
    if (deadline === undefined || !tellsLateRisk(definition, stage)) continue
    const model = new LateRiskModel(state, deadline, at, WANTED_ENTRIES, ofAll => shortestWindow(definition, ofAll))
    const cases = dueCases(state, stage)
    const risk = new LateRisk(definition, stage, WANTED_ENTRIES)
    risk.moveTo(at, [shard])
    for (const cut of [[], ...(by.length > 0 ? [by] : []), ...(by.length > 1 ? [by.slice(0, 1), by.slice(1)] : [])]) {
      const groups = new SegmentGroups(definition, stage, cut)
      for (const { segment, parts } of groups.of([shard]).values()) {
        const own = cases.filter(({ visit }) => cutOf(definition, visit, cut) === segment)
        const found = risk.countOf(parts)
        // A probability that is the level but for the last digit may fall on either side of it.
        const [least, most] = [model.count(own, deadline.level + 1e-9), model.count(own, deadline.level - 1e-9)]
        const isSame =
          found.low >= least.low && found.low <= most.low && found.high >= least.high && found.high <= most.high
        if (!isSame) expect({ stage, cut, segment, at, ...found }).toEqual({ stage, cut, segment, at, ...most })
        if (cut.length > 0) continue
        compared.cases += own.length
        compared.atRisk += found.low
        compared.uncertain += found.high - found.low
        compared.inside += own.filter(({ standing }) => standing.kind === 'inside').length
        compared.rests += own.filter(({ standing }) => standing.kind === 'rest').length
      }
    }
    compareCases(definition, fed, state, stage)
  }
}

/** Where the cases stand within a stage, looked up one by one. */
function compareCases(definition: ProcessDefinition, fed: FedShard, state: OracleState, stage: number): void {
  const folded = foldStagesOf(definition).all
  const modelled = allStagesOf(definition)
  for (const caseId of new Set(state.visits.map(visit => visit.case))) {
    const found = fed.shard.looks
      .openDuesOf(new TextEncoder().encode(caseId))
      .filter(one => one.stage === stage)
      .map(({ start, due, position, entry }) => ({ start, due, position: folded[position]?.name, entry }))
    const wanted = dueCases(state, stage)
      .filter(({ visit }) => visit.case === caseId)
      .map(({ visit, due, standing }) => ({
        start: visit.start,
        due,
        position: modelled[standing.visit.stage]?.name,
        entry: standing.visit.start,
      }))
    if (JSON.stringify(found) !== JSON.stringify(wanted)) expect({ caseId, found }).toEqual({ caseId, found: wanted })
  }
}

/** Of the windows that deadlines make of a stage's history. */
function shortestWindow(definition: ProcessDefinition, stage: number): number {
  const name = allStagesOf(definition)[stage]!
  const { all } = foldStagesOf(definition)
  // Deadlines that end alike share a rest.
  const place =
    stage < definition.stages.length
      ? stage
      : all.findIndex(
          (one, index) => index >= definition.stages.length && one.name === name.name && saysTheSame(one.to, name.to),
        )
  return Math.min(...deadlineWindowsOf(definition)[place]!)
}
