import type { EventPattern, ProcessDefinition, StageDefinition } from './definitions.ts'

/*
 * The stages that the fold runs: those of the process, and behind them the *rests* that deadlines ask for.
 *
 * The rest of a stage s, seen from a stage D that it lies inside, is the time from leaving s to the end of D. It is run
 * like any stage, from the `to` of s to the `to` of D, but nobody sees it: it has no rows and no statistics. Deadlines
 * that end alike share their rests; where s ends as D does there is none.
 *
 *     stages   ├─────────────────── D ───────────────────┤
 *              ├─── s ───┤
 *     rests              ├────────── rest of s ──────────┤
 */

/** A stage with a due instant, as the fold sees it; numbers of stages count the rests too. */
export type FoldDeadline = {
  readonly stage: number
  /** Position in the process's `attributes`. */
  readonly at: number
  /**
   * Where a case that is in the stage can be. Of those that are open and were not entered before the stage, that with the
   * latest entry counts, of equals the last of this list.
   */
  readonly positions: readonly FoldPosition[]
}

export type FoldPosition = {
  /** Whose visit it is. */
  readonly stage: number
  /** Of a stage that is left before the deadline's: its rest. */
  readonly rest: number | undefined
}

export type FoldStages = {
  /** The process's, then the rests. */
  readonly all: readonly StageDefinition[]
  readonly deadlines: readonly FoldDeadline[]
}

export function foldStagesOf({ stages }: Pick<ProcessDefinition, 'stages'>): FoldStages {
  const all: StageDefinition[] = [...stages]
  const known = new Map<string, number>()
  const restOf = (stage: number, outer: StageDefinition): number | undefined => {
    const left = stages[stage] as StageDefinition
    const [from, to] = [nameOf(left.to), nameOf(outer.to)]
    if (from === to) return undefined
    const name = `${stage} ${to}`
    const rest = known.get(name) ?? all.push(restFrom(left, outer)) - 1
    known.set(name, rest)
    return rest
  }
  const deadlines = stages.flatMap((outer, stage): FoldDeadline[] => {
    if (outer.deadline?.at === undefined) return []
    const { at, through } = outer.deadline
    const inside = through.map(inner => ({ stage: inner, rest: restOf(inner, outer) }))
    const rests = inside.flatMap(({ rest }) => (rest === undefined ? [] : [{ stage: rest, rest: undefined }]))
    return [{ stage, at, positions: [{ stage, rest: undefined }, ...rests, ...inside] }]
  })
  return { all, deadlines }
}

/** It counts in the time of the stage that was left, so that both tables of a case have one time. */
const restFrom = (left: StageDefinition, outer: StageDefinition): StageDefinition => ({
  ...left,
  name: `rest of ${left.name}`,
  from: left.to,
  to: outer.to,
  target: undefined,
  deadline: undefined,
})

const nameOf = (patterns: readonly EventPattern[]): string =>
  JSON.stringify(patterns.map(({ activity, where }) => [activity, where ?? null]).sort())
