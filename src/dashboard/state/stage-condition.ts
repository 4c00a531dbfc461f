import type { Alert } from '../../protocol/alert.ts'
import type { SegmentStatistics } from '../../protocol/statistics.ts'

/** How a stage is doing; said by word, icon and colour alike. */
export type StageCondition = 'alert' | 'over' | 'near' | 'on-target' | 'no-target' | 'idle' | 'unknown'

const NEAR = 0.8

/** Age p90 of the open visits over the target; undefined without a target or without open visits. */
export function targetRatio(statistics: SegmentStatistics | undefined): number | undefined {
  const age = statistics?.values.age_p90
  return age === undefined || !statistics?.target_ms ? undefined : age / statistics.target_ms
}

export function stageCondition(
  statistics: SegmentStatistics | undefined,
  alertsOfStage: readonly Alert[],
): StageCondition {
  if (alertsOfStage.some(isFiring)) return 'alert'
  if (statistics === undefined) return 'unknown'
  const { wip = 0, entered = 0, exited = 0 } = statistics.values
  if (wip + entered + exited === 0) return 'idle'
  if (!statistics.target_ms) return 'no-target'
  const ratio = targetRatio(statistics) ?? 0
  if (ratio > 1) return 'over'
  return ratio > NEAR ? 'near' : 'on-target'
}

/** The condition still holds, or did a moment ago: it has fired and is not resolved. */
export const isFiring = ({ state }: Alert): boolean =>
  state === 'firing' || state === 'recovering' || state === 'no_data'
