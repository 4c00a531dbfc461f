import type { AlertAction } from '../../../alerts/alert-action.ts'
import { keyOf, neverOlder, type Table } from './table.ts'

/** An entry of an audit chain: see the journal's, which links them. */
export type AuditRow = {
  /** Tells the chains of several installations apart. */
  readonly chain: string
  readonly sequence: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: unknown
  readonly previous: string
  readonly hash: string
}

export const auditTable: Table<AuditRow> = {
  name: 'audit',
  columns: ['chain', 'sequence', 'at_ms', 'actor', 'action', 'subject', 'detail', 'previous', 'hash'],
  valuesOf: row => [
    row.chain,
    row.sequence,
    row.at,
    row.actor,
    row.action,
    row.subject,
    JSON.stringify(row.detail),
    row.previous,
    row.hash,
  ],
  keyOf: row => keyOf(row.chain, row.sequence),
  isOlder: neverOlder,
  bytesOf: () => 1_500,
}

export const actionTable: Table<AlertAction> = {
  name: 'alert_actions',
  columns: ['process', 'alert', 'at_ms', 'id', 'kind', 'by', 'fields'],
  valuesOf: row => [row.process, row.alert, row.at, row.id, row.kind, row.by, JSON.stringify(row.fields)],
  keyOf: row => keyOf(row.process, row.alert, row.at, row.id),
  isOlder: neverOlder,
  bytesOf: () => 1_500,
}
