import type { StageSummary } from './process.ts'

export type ProcessEdge = { readonly from: string; readonly to: string }

/**
 * Which stage hands cases over to which: the one that an activity ends to the one that it begins. A stage that begins
 * with an activity of its own follows those that ended last before it; a way back to an earlier stage is left out.
 *
 * @param chain in the order of the work, as the layout has it.
 */
export function processEdges(chain: readonly StageSummary[]): ProcessEdge[] {
  return chain.flatMap((stage, index) => {
    const earlier = chain.slice(0, index)
    const handing = earlier.filter(({ to }) => to.some(activity => stage.from.includes(activity)))
    const before = handing.length > 0 ? handing : lastBefore(earlier, stage)
    return before.map(({ name }) => ({ from: name, to: stage.name }))
  })
}

function lastBefore(earlier: readonly StageSummary[], { span }: StageSummary): readonly StageSummary[] {
  const ended = earlier.filter(candidate => candidate.span.to <= span.from)
  const last = Math.max(...ended.map(candidate => candidate.span.to))
  return ended.filter(candidate => candidate.span.to === last)
}
