import type { AlertAction } from '../../../alerts/alert-action.ts'
import type { AlertTransition } from '../../../alerts/transition.ts'
import type { DeadLetter } from '../../../event/record.ts'
import type { KeptRecord, MeasurePaneRow, PaneRow, VisitRow } from '../../../shard/output.ts'
import { type AuditRow, actionTable, auditTable } from './audit.ts'
import { type DefinitionRow, definitionTable } from './definitions.ts'
import { type EvaluationRow, evaluationTable } from './evaluations.ts'
import { measurePaneTable } from './measure-panes.ts'
import { paneTable } from './panes.ts'
import { deadLetterTable, type RedrivenRow, recordTable, redrivenTable } from './records.ts'
import type { Table } from './table.ts'
import { transitionTable } from './transitions.ts'
import { visitTable } from './visits.ts'

/** The rows of each table, by what they are. */
export type Rows = {
  readonly records: KeptRecord
  readonly deadLetters: DeadLetter
  readonly redriven: RedrivenRow
  readonly definitions: DefinitionRow
  readonly audit: AuditRow
  readonly actions: AlertAction
  readonly evaluations: EvaluationRow
  readonly transitions: AlertTransition
  readonly visits: VisitRow
  readonly panes: PaneRow
  readonly measurePanes: MeasurePaneRow
}

export type RowKind = keyof Rows

/** In the order in which they are written. */
export const tables: { readonly [Kind in RowKind]: Table<Rows[Kind]> } = {
  records: recordTable,
  deadLetters: deadLetterTable,
  redriven: redrivenTable,
  definitions: definitionTable,
  audit: auditTable,
  actions: actionTable,
  evaluations: evaluationTable,
  transitions: transitionTable,
  visits: visitTable,
  panes: paneTable,
  measurePanes: measurePaneTable,
}
