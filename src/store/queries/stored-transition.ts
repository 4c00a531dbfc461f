import type { AlertTransition } from '../../alerts/transition.ts'
import { instant } from '../../event/instant.ts'

export type TransitionColumns = {
  readonly id: string
  readonly at_ms: number
  readonly state: AlertTransition['state']
  readonly from_state: AlertTransition['from']
  readonly because: AlertTransition['because']
  readonly process: string
  readonly rule: string
  readonly stage: string
  readonly measure: string
  readonly segment: string
  readonly since_ms: number
  readonly fired_at_ms: number | null
  readonly value: number | null
  readonly owner: string
  readonly severity: AlertTransition['severity']
  readonly summary: string
  readonly explanation: string
}

export const transitionColumns = `process, id, at_ms, state, from_state, because, rule, stage, measure, segment, since_ms, fired_at_ms,
  value, owner, severity, summary, explanation`

/** Where a state comes in an alert's life: what orders the transitions of one instant. */
export const placeInLife =
  "indexOf(['pending', 'firing', 'recovering', 'resolved', 'no_data', 'inactive'], toString(state))"

export const transitionOf = (row: TransitionColumns): AlertTransition => ({
  id: row.id,
  process: row.process,
  rule: row.rule,
  ...(row.measure === '' ? { stage: row.stage } : { measure: row.measure }),
  segment: JSON.parse(row.segment),
  state: row.state,
  from: row.from_state,
  because: row.because,
  at: instant(row.at_ms),
  since: instant(row.since_ms),
  firedAt: row.fired_at_ms === null ? undefined : instant(row.fired_at_ms),
  value: row.value ?? undefined,
  owner: row.owner,
  severity: row.severity,
  summary: JSON.parse(row.summary),
  explanation: JSON.parse(row.explanation),
})
