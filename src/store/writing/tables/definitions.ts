import type { Instant } from '../../../event/instant.ts'
import { keyOf, neverOlder, type Table } from './table.ts'

/** A definition, from the time on at which it was the one in force. `fold` is all that the fold of the process reads. */
export type DefinitionRow = {
  readonly process: string
  readonly kind: 'fold' | 'stage' | 'measure' | 'metric' | 'rule'
  readonly name: string
  readonly since: Instant
  /** SHA-256 of the definition, in hex; empty where it is no longer in force. */
  readonly hash: string
  /** As its author counts; undefined where nobody does. */
  readonly version: number | undefined
  readonly owner: string
  /** Of the rows that it gives. */
  readonly epoch: number
  /** The definition itself, as JSON. */
  readonly definition: string
}

export const definitionTable: Table<DefinitionRow> = {
  name: 'definitions',
  columns: ['process', 'kind', 'name', 'since_ms', 'hash', 'version', 'owner', 'epoch', 'definition'],
  valuesOf: row => [
    row.process,
    row.kind,
    row.name,
    row.since,
    row.hash,
    row.version ?? null,
    row.owner,
    row.epoch,
    row.definition,
  ],
  keyOf: row => keyOf(row.process, row.kind, row.name, row.since),
  isOlder: neverOlder,
  bytesOf: row => 700 + 2 * row.definition.length,
}
