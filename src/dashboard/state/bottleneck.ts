import type { Alert } from '../../protocol/alert.ts'
import type { StageSummary } from '../../protocol/process.ts'
import type { SegmentStatistics, StageStatistics } from '../../protocol/statistics.ts'
import { isFiring, targetRatio } from './stage-condition.ts'

/** The stage that adds most delay now, and why it is said to. */
export type Bottleneck = {
  readonly stage: StageSummary
  /** The most severe alert that fires on it; undefined: it is over its target and no rule has fired. */
  readonly alert: Alert | undefined
  /** The segment that the alert names, else the one furthest over its target where one stands out, else the total. */
  readonly worst: SegmentStatistics
  /** Age p90 over the target of `worst`; at most 1 where a rule saw it coming. */
  readonly ratio: number | undefined
  readonly wip: number
  /** Visits that came in less those that left in the window; positive: it is filling up. */
  readonly growth: number
  readonly windowMs: number
}

/** What is said in the place where a bottleneck is named. */
export type Finding =
  | { readonly kind: 'found'; readonly bottleneck: Bottleneck }
  /** The numbers are of the past: who reads them as of now is misled. */
  | { readonly kind: 'catching-up' }
  | { readonly kind: 'waiting' }
  /** @property but what keeps it from being good news; undefined: every stage is within its target, and nothing fires. */
  | { readonly kind: 'none'; readonly but: 'alerts' | 'no-targets' | undefined }

/** Of fewer visits the slowest tenth is one of them, which says little of its stage. */
const ENOUGH_VISITS = 10

const severityWeight = { critical: 3, warning: 2, info: 1 } as const

/**
 * Whether there is a bottleneck, and which.
 *
 * @param chain the stages that may be it.
 * @param alerts of the process, also of other stages and of measures.
 */
export function findBottleneck(
  chain: readonly StageSummary[],
  statistics: readonly StageStatistics[],
  alerts: readonly Alert[],
  catchingUp: boolean,
): Finding {
  if (catchingUp) return { kind: 'catching-up' }
  if (statistics.length === 0) return { kind: 'waiting' }
  const found = bottleneck(chain, statistics, alerts)
  if (found !== undefined) return { kind: 'found', bottleneck: found }
  if (alerts.some(isFiring)) return { kind: 'none', but: 'alerts' }
  return { kind: 'none', but: chain.some(({ target }) => target !== null) ? undefined : 'no-targets' }
}

/**
 * Of the stages of the chain, the one with the most severe firing alert, then the one furthest over its target.
 *
 * Within its target a stage is named only for an alert that is about enough visits.
 */
function bottleneck(
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
    const isOverTarget = ratio !== undefined && ratio > 1
    if (!isOverTarget && (alert === undefined || visitsIn(worst) < ENOUGH_VISITS)) return []
    const { entered = 0, exited = 0, abandoned = 0, expired = 0 } = total.values
    const growth = entered - exited - abandoned - expired
    return [{ stage, alert, worst, ratio, wip: total.values.wip ?? 0, growth, windowMs: found.window_ms }]
  })
  const weight = ({ alert }: Bottleneck) => (alert === undefined ? 0 : severityWeight[alert.severity])
  return candidates.sort((a, b) => weight(b) - weight(a) || (b.ratio ?? 0) - (a.ratio ?? 0))[0]
}

/** Those that were open at any time in the window. */
const visitsIn = ({ values: { at_risk: atRisk, wip = 0 } }: SegmentStatistics): number => atRisk ?? wip

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
