import type { AlertReason } from '../../../alerts/transition.ts'
import type { StageStatisticName } from '../../../model/statistics.ts'
import type { AlertState } from '../../../protocol/alert.ts'
import type { CaseVisit } from '../../../protocol/history.ts'
import type { Severity } from '../../../protocol/vocabulary.ts'
import type { StageCondition } from '../../state/stage-condition.ts'

export type TermsWords = {
  readonly condition: Readonly<Record<StageCondition, string>>
  readonly severity: Readonly<Record<Severity, string>>
  readonly state: Readonly<Record<AlertState, string>>
  /** Why an alert entered its state. */
  readonly reasons: Readonly<Record<AlertReason, string>>
  /** Of visits of a stage. */
  readonly statistics: Readonly<Record<StageStatisticName, string>>
  readonly outcome: Readonly<Record<CaseVisit['outcome'], string>>
}
