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
