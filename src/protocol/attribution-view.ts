import { formatInstant } from '../event/instant.ts'
import type { Explanation as Verdict } from '../rules/explanation.ts'
import type { Explanation } from './alert.ts'

/** What a verdict says of the time before; what it does not say is left out. */
export function comparisonView({
  before,
  attribution,
  suspected,
}: Verdict): Pick<Explanation, 'before' | 'attribution' | 'suspected'> {
  return {
    ...(before && { before: { ...before, start: formatInstant(before.start), end: formatInstant(before.end) } }),
    ...(attribution && { attribution: attributionView(attribution) }),
    ...(suspected && { suspected: suspectedView(suspected) }),
  }
}

const attributionView = ({ beforeMs, nowMs, parts, othersMs, restMs }: NonNullable<Verdict['attribution']>) => ({
  before_ms: beforeMs,
  now_ms: nowMs,
  parts: parts.map(({ changeMs, ...part }) => ({ ...part, change_ms: changeMs })),
  others_ms: othersMs,
  rest_ms: restMs,
})

function suspectedView(suspected: NonNullable<Verdict['suspected']>): NonNullable<Explanation['suspected']> {
  switch (suspected.kind) {
    case 'time':
    case 'mix':
    case 'rework': {
      const { changeMs, ...rest } = suspected
      return { ...rest, change_ms: changeMs }
    }
    case 'arrivals_up':
    case 'arrivals_down':
    case 'exits_down': {
      const { beforePerHour, nowPerHour, ...rest } = suspected
      return { ...rest, before_per_hour: beforePerHour, now_per_hour: nowPerHour }
    }
    case 'starved':
    case 'blocked':
      return suspected
  }
}
