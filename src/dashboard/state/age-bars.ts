import type { OpenStage } from '../../protocol/open-stage.ts'

type AgeBar = OpenStage['ages'][number]

/** The bars as they are drawn: one as narrow as the edge at a target is a part of the bar before it. */
export function drawnBars(ages: readonly AgeBar[]): AgeBar[] {
  const bars: AgeBar[] = []
  for (const bar of ages) {
    const former = bars.at(-1)
    if (former !== undefined && bar.to_ms !== null && bar.to_ms - bar.from_ms <= 1) {
      bars.splice(-1, 1, { ...former, to_ms: bar.to_ms, count: former.count + bar.count })
    } else bars.push(bar)
  }
  return bars
}
