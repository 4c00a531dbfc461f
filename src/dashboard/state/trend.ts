import type { StageHistory } from '../../protocol/history.ts'

/** How long completed visits took in the last hour, against the hour before. */
export type Trend = {
  readonly kind: 'slower' | 'faster' | 'steady'
  /** 0.2: a fifth longer. */
  readonly change: number
}

/** Of fewer visits the slowest tenth is one of them, which says little. */
const ENOUGH_VISITS = 10
/** Less is what every hour differs by from the next. */
const STEADY = 0.05

/** @returns undefined where one of the hours has too few visits to say. */
export function trendOf({ whole }: Pick<StageHistory, 'whole'>): Trend | undefined {
  const { before } = whole
  if (before === undefined || whole.p90_ms === null || !before.p90_ms) return undefined
  if (Math.min(whole.exited, before.exited) < ENOUGH_VISITS) return undefined
  const change = whole.p90_ms / before.p90_ms - 1
  if (Math.abs(change) < STEADY) return { kind: 'steady', change }
  return { kind: change > 0 ? 'slower' : 'faster', change }
}
