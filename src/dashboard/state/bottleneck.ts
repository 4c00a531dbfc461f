import type { Alert } from '../../protocol/alert.ts'
import type { StageSummary } from '../../protocol/process.ts'
import type { SegmentStatistics, StageStatistics } from '../../protocol/statistics.ts'
import { isFiring, targetRatio } from './stage-condition.ts'

/** The stage that adds most delay now, and why it is said to. */
export type Bottleneck = {
  readonly stage: StageSummary
  /** The most severe alert that fires on it; undefined: it is over its target and no rule has fired. */
  readonly alert: Alert | undefined
  /** The segment furthest over its target where one stands out, else the total. */
  readonly worst: SegmentStatistics
  /** Age p90 over the target of `worst`. */
  readonly ratio: number | undefined
  readonly wip: number
  /** Visits that came in less those that left in the window; positive: it is filling up. */
  readonly growth: number
  readonly windowMs: number
}

const severityWeight = { critical: 3, warning: 2, info: 1 } as const

/**
 * Of the stages of the chain, the one with the most severe firing alert, then the one furthest over its target.
 *
 * @returns undefined where nothing fires and every stage is within its target.
 */
export function bottleneck(
  chain: readonly StageSummary[],
  statistics: readonly StageStatistics[],
  alerts: readonly Alert[],
): Bottleneck | undefined {
  const candidates = chain.flatMap(stage => {
    const found = statistics.find(candidate => candidate.stage === stage.name)
    const total = found?.segments.find(segment => segment.total)
    if (found === undefined || total === undefined) return []
    const alert = mostSevere(alerts.filter(candidate => candidate.stage === stage.name && isFiring(candidate)))
    const worst = worstSegment(found.segments, alert) ?? total
    const ratio = targetRatio(worst)
    if (alert === undefined && (ratio ?? 0) <= 1) return []
    const { entered = 0, exited = 0, abandoned = 0, expired = 0 } = total.values
    const growth = entered - exited - abandoned - expired
    return [{ stage, alert, worst, ratio, wip: total.values.wip ?? 0, growth, windowMs: found.window_ms }]
  })
  const weight = ({ alert }: Bottleneck) => (alert === undefined ? 0 : severityWeight[alert.severity])
  return candidates.sort((a, b) => weight(b) - weight(a) || (b.ratio ?? 0) - (a.ratio ?? 0))[0]
}

function mostSevere(alerts: readonly Alert[]): Alert | undefined {
  return [...alerts].sort(
    (a, b) => severityWeight[b.severity] - severityWeight[a.severity] || Date.parse(a.since) - Date.parse(b.since),
  )[0]
}

function worstSegment(segments: readonly SegmentStatistics[], alert: Alert | undefined): SegmentStatistics | undefined {
  const named = alert && segments.find(({ total, segment }) => !total && sameSegment(segment, alert.segment))
  if (named !== undefined) return named
  return segments
    .filter(segment => !segment.total && (targetRatio(segment) ?? 0) > 1)
    .sort((a, b) => (targetRatio(b) ?? 0) - (targetRatio(a) ?? 0))[0]
}

export function sameSegment(a: Alert['segment'], b: Alert['segment']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every(name => name in b && a[name] === b[name])
}
