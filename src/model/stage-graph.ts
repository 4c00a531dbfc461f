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

/**
 * The stages that a stage spans: those on a way from where it begins to where it ends, each of which hands its cases over
 * to the next. Of a stage that itself spans some of them only these count.
 *
 * @returns their positions, rising; empty: no such way leads through.
 */
export function stagesInside(process: ProcessDefinition, stage: number): readonly number[] {
  const onTheWay = stagesOnTheWay(process, stage)
  return onTheWay.filter(
    inner => !stagesOnTheWay(process, inner).some(other => other !== stage && onTheWay.includes(other)),
  )
}

function stagesOnTheWay(process: ProcessDefinition, stage: number): readonly number[] {
  const { stages } = process
  const own = stages[stage] as StageDefinition
  const begins = (index: number) => meet((stages[index] as StageDefinition).from, own.from)
  const ends = (index: number) => meet((stages[index] as StageDefinition).to, own.to)
  const others = stages.map((_, index) => index).filter(index => index !== stage && !(begins(index) && ends(index)))
  const following = (from: readonly number[], isLast: (index: number) => boolean, next: keyof Neighbours) => {
    const found = new Set(from)
    for (const index of found) {
      if (isLast(index)) continue
      for (const other of neighboursOf(process, index)[next]) if (others.includes(other)) found.add(other)
    }
    return found
  }
  const behind = following(others.filter(begins), ends, 'downstream')
  const before = following(others.filter(ends), begins, 'upstream')
  return others.filter(index => behind.has(index) && before.has(index))
}
