import type { EventPattern, ProcessDefinition, StageDefinition } from './definitions.ts'

/** How stages hang together, by their positions. */
export type Neighbours = { readonly upstream: readonly number[]; readonly downstream: readonly number[] }

/**
 * The stages that hand cases over to a stage, and those that it hands them over to: an activity that completes the one
 * opens the other. A stage that begins where this one begins, or that spans it, is neither.
 */
export function neighboursOf({ stages }: ProcessDefinition, stage: number): Neighbours {
  const own = stages[stage] as StageDefinition
  const others = stages.map((definition, index) => ({ definition, index })).filter(({ index }) => index !== stage)
  const positions = (isNeighbour: (other: StageDefinition) => boolean) =>
    others.filter(({ definition }) => isNeighbour(definition)).map(({ index }) => index)
  return {
    upstream: positions(({ to }) => meet(to, own.from)),
    downstream: positions(({ from }) => meet(own.to, from)),
  }
}

const meet = (left: readonly EventPattern[], right: readonly EventPattern[]): boolean =>
  left.some(({ activity }) => right.some(other => other.activity === activity))

/**
 * The stages that a stage gets its cases from, directly or by way of others: the nearest first, then in the order of the file.
 * One that gets cases back from it, as rework does, is none.
 */
export function upstreamOf(process: ProcessDefinition, stage: number): readonly number[] {
  const upstream = reached(stage, each => neighboursOf(process, each).upstream)
  const downstream = new Set(reached(stage, each => neighboursOf(process, each).downstream))
  return upstream.filter(each => !downstream.has(each))
}

/** What is reached from a stage, step by step, without itself. */
function reached(stage: number, next: (stage: number) => readonly number[]): number[] {
  const seen = new Set([stage])
  for (const each of seen) for (const other of [...next(each)].sort((left, right) => left - right)) seen.add(other)
  seen.delete(stage)
  return [...seen]
}
