import type { EventPattern, ProcessDefinition, StageDefinition } from '../../src/model/definitions.ts'
import { ownMs } from './business-durations.ts'
import { targetOf } from './panes.ts'
import type { OracleVisit } from './runs.ts'

/* What deadlines mean, case by case: which rests there are, when a visit is due, and where a case stands within it. */

/** The rest of stage `inner`, seen from stage `outer`. */
type Rest = { readonly outer: number; readonly inner: number; readonly stage: StageDefinition }

const knownRests = new WeakMap<ProcessDefinition, readonly Rest[]>()
const knownStages = new WeakMap<ProcessDefinition, readonly StageDefinition[]>()

/** The process's stages, and behind them for each deadline the rests of the stages inside it. */
export function allStagesOf(process: ProcessDefinition): readonly StageDefinition[] {
  const all = knownStages.get(process) ?? [...process.stages, ...restsOf(process).map(({ stage }) => stage)]
  knownStages.set(process, all)
  return all
}

function restsOf(process: ProcessDefinition): readonly Rest[] {
  const found = knownRests.get(process)
  if (found !== undefined) return found
  const { stages } = process
  const rests: Rest[] = []
  for (const [outer, { deadline, to }] of stages.entries()) {
    if (deadline?.at === undefined) continue
    for (const inner of deadline.through) {
      const left = stages[inner]!
      if (saysTheSame(left.to, to)) continue
      const stage = { ...left, name: `rest of ${left.name}`, from: left.to, to, target: undefined, deadline: undefined }
      rests.push({ outer, inner, stage })
    }
  }
  knownRests.set(process, rests)
  return rests
}

/** The same patterns, in whatever order. */
export function saysTheSame(left: readonly EventPattern[], right: readonly EventPattern[]): boolean {
  const times = (list: readonly EventPattern[], { activity, where }: EventPattern) =>
    list.filter(one => one.activity === activity && one.where === where).length
  return left.length === right.length && left.every(one => times(left, one) === times(right, one))
}

/** The due instant that the visit's events have named; undefined: none. */
export function namedDue({ deadline }: StageDefinition, { attributes }: OracleVisit): number | undefined {
  const value = deadline?.at === undefined ? null : attributes[deadline.at]
  return typeof value === 'number' ? value : undefined
}

/** When a visit is due; undefined: never. */
export function dueOf(stage: StageDefinition, visit: OracleVisit): number | undefined {
  const named = namedDue(stage, visit)
  if (named !== undefined) return named
  const target = targetOf(stage, visit.segment)
  return target === undefined ? undefined : lastWithin(stage, visit.start, target)
}

/** The last instant at which a visit has not lasted longer than so much of the stage's own time. */
function lastWithin(stage: StageDefinition, start: number, target: number): number {
  let [low, high] = [start, start + target + 1]
  while (ownMs(stage, start, high) <= target) high = start + 2 * (high - start)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ownMs(stage, start, middle) <= target) low = middle
    else high = middle
  }
  return low
}

/** Where a case stands within an open visit: the visit that tells, and whether it is of a stage, of a rest, or itself. */
export type Standing = {
  readonly visit: OracleVisit
  readonly kind: 'itself' | 'inside' | 'rest'
  /** Of a stage inside: its rest, in `allStagesOf`; undefined: it ends as the deadline's does. */
  readonly rest: number | undefined
}

/** @param open all open visits of the case, those of rests too. */
export function standingOf(process: ProcessDefinition, outer: OracleVisit, open: readonly OracleVisit[]): Standing {
  const { deadline } = process.stages[outer.stage]!
  const itself: Standing = { visit: outer, kind: 'itself', rest: undefined }
  if (deadline?.at === undefined) return itself
  const rests = restsOf(process).map((rest, index) => ({ ...rest, place: process.stages.length + index }))
  const ofOuter = rests.filter(rest => rest.outer === outer.stage)
  const standings: { readonly standing: Standing; readonly rank: number }[] = [{ standing: itself, rank: -1 }]
  for (const visit of open) {
    if (visit.start < outer.start) continue
    const rest = ofOuter.find(({ place }) => place === visit.stage)
    if (rest !== undefined) standings.push({ standing: { visit, kind: 'rest', rest: undefined }, rank: rest.inner })
    if (!deadline.through.includes(visit.stage)) continue
    const own = ofOuter.find(({ inner }) => inner === visit.stage)
    // A stage goes before every rest.
    standings.push({ standing: { visit, kind: 'inside', rest: own?.place }, rank: 1_000 + visit.stage })
  }
  standings.sort((left, right) => right.standing.visit.start - left.standing.visit.start || right.rank - left.rank)
  return standings[0]!.standing
}
