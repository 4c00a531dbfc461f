import type { StageSummary } from './process.ts'

export type ProcessLayout = {
  /** One after the other, in the order of the work. */
  readonly chain: readonly StageSummary[]
  /** Stages that run over several others, as the whole lead time does; shown beside the chain. */
  readonly spanning: readonly StageSummary[]
}

/** Where stages stand on the map. It depends on definitions only, so the map stays put while numbers change. */
export function processLayout(stages: readonly StageSummary[]): ProcessLayout {
  const inOrder = [...stages].sort((a, b) => a.span.from - b.span.from || a.span.to - b.span.to)
  const spans = (stage: StageSummary) =>
    stages.some(
      other =>
        other.span.from >= stage.span.from &&
        other.span.to <= stage.span.to &&
        other.span.to - other.span.from < stage.span.to - stage.span.from,
    )
  const spanning = inOrder.filter(spans)
  const chain = inOrder.filter(stage => !spans(stage))
  return { chain, spanning }
}
