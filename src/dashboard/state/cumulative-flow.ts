import type { SeriesPoint, StageHistory } from '../../protocol/history.ts'

/** Arrivals and exits since the beginning of a range, at the end of each step. */
export type CumulativeFlow = {
  readonly ends: readonly number[]
  /** Those that were open at the beginning are counted in, where that is known: then the lines are apart by what is open. */
  readonly arrived: readonly number[]
  /** Completed, or left otherwise. */
  readonly left: readonly number[]
  /** Open at the beginning; undefined: not known, both lines begin at 0. */
  readonly openBefore: number | undefined
}

const leaving = ({ exited, abandoned, expired }: SeriesPoint): number => exited + abandoned + expired

export function cumulativeFlow({
  points,
  wip_before: openBefore,
}: Pick<StageHistory, 'points' | 'wip_before'>): CumulativeFlow {
  let arrived = openBefore ?? 0
  let left = 0
  const flow = points.map(point => {
    arrived += point.entered
    left += leaving(point)
    return { end: Date.parse(point.end), arrived, left }
  })
  return {
    ends: flow.map(({ end }) => end),
    arrived: flow.map(step => step.arrived),
    left: flow.map(step => step.left),
    openBefore: openBefore ?? undefined,
  }
}
