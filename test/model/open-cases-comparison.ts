import { expect } from 'vitest'
import type { SegmentKey } from '../../src/event/segment.ts'
import { lateRiskOf } from '../../src/model/deadline.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { foldStagesOf } from '../../src/model/fold-stages.ts'
import { shownId } from '../../src/shard/open-cases/view.ts'
import type { ShardView } from '../../src/shard/view.ts'
import { allStagesOf } from './deadlines.ts'
import { dueCases } from './late-risk-model.ts'
import type { OracleState, OracleVisit } from './oracle.ts'

/* The oldest open cases of each segment, and what all of them are worth, of a shard against those of the model. */

export type OpenCasesCompared = { oldest: number; due: number; valued: number }

export const noOpenCasesCompared = (): OpenCasesCompared => ({ oldest: 0, due: 0, valued: 0 })

/** @param isShort see `WindowComparison.compare`. */
export function compareOpenCases(
  definition: ProcessDefinition,
  shard: ShardView,
  state: OracleState,
  compared: OpenCasesCompared,
  isShort: (stage: number) => boolean,
): void {
  for (const [stage, { by }] of definition.stages.entries()) {
    const open = state.visits.filter(visit => visit.stage === stage && visit.outcome === 'open')
    const segments = by.length === 0 || isShort(stage) ? [] : [...new Set(open.map(({ segment }) => segment))]
    for (const segment of [undefined, ...segments]) {
      const own = segment === undefined ? open : open.filter(visit => visit.segment === segment)
      const oldest = own.toSorted(byAge).slice(0, 5)
      const found = {
        stage,
        segment,
        oldest: shard.openCases.oldest(stage, segment as SegmentKey | undefined).map(({ due, ...visit }) => ({
          ...visit,
          due: due && { at: due.at, entry: due.entry, position: foldStagesOf(definition).all[due.position]?.name },
        })),
        atStake: shard.openCases.atStake(stage, segment as SegmentKey | undefined),
      }
      const dues = duesOf(definition, state, stage)
      const values = own.map(visit => worthOf(definition, visit)).filter(value => value !== undefined)
      const wanted = {
        stage,
        segment,
        oldest: oldest.map(visit => ({ case: shownId(visit.case), start: visit.start, due: dues.get(visit.case) })),
        atStake: { sum: values.reduce((sum, value) => sum + BigInt(value), 0n), cases: values.length },
      }
      expect(found).toEqual(wanted)
      compared.oldest += oldest.length
      compared.due += wanted.oldest.filter(({ due }) => due !== undefined).length
      compared.valued += values.length
    }
  }
}

function byAge(left: OracleVisit, right: OracleVisit): number {
  return left.start - right.start || (left.case < right.case ? -1 : 1)
}

/** By case; of a stage a case has one open visit at most. */
function duesOf(definition: ProcessDefinition, state: OracleState, stage: number) {
  if (lateRiskOf(definition.stages[stage]!) === undefined) return new Map<string, undefined>()
  const modelled = allStagesOf(definition)
  return new Map(
    dueCases(state, stage).map(({ visit, due, standing }) => [
      visit.case,
      { at: due, entry: standing.visit.start, position: modelled[standing.visit.stage]?.name },
    ]),
  )
}

function worthOf({ attributes }: ProcessDefinition, visit: OracleVisit): number | undefined {
  const value = visit.attributes[attributes.findIndex(({ kind }) => kind === 'value')]
  return typeof value === 'number' ? value : undefined
}
