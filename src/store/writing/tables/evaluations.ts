import type { Instant } from '../../../event/instant.ts'
import { keyOf, neverOlder, type Table } from './table.ts'

/** An evaluation as the journal has it. */
export type EvaluationRow = {
  readonly process: string
  /** The evaluation instant T. */
  readonly at: Instant
  /** How many alerts moved. */
  readonly transitions: number
  /** The evaluator's state after it, as JSON. */
  readonly state: string
}

export const evaluationTable: Table<EvaluationRow> = {
  name: 'evaluations',
  columns: ['process', 'at_ms', 'transitions', 'state'],
  valuesOf: row => [row.process, row.at, row.transitions, row.state],
  keyOf: row => keyOf(row.process, row.at),
  isOlder: neverOlder,
  bytesOf: row => 400 + 2 * row.state.length,
}
