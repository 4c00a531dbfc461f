import { formatInstant } from '../event/instant.ts'
import type { DefinitionChange as Stored } from '../store/queries/definition-changes.ts'
import type { DefinitionChange } from './definitions.ts'

/** What was defined, and in what it differs from what was in force before. */
export function definitionChangeView({ row, former, inForce }: Stored): DefinitionChange {
  const isGone = row.hash === ''
  const isNew = former === undefined || former.hash === ''
  const definition = isGone ? undefined : fieldsOf(row.definition)
  return {
    kind: row.kind,
    name: row.name,
    since: formatInstant(row.since),
    what: isGone ? 'gone' : isNew ? 'new' : 'changed',
    in_force: inForce,
    hash: isGone ? null : row.hash,
    version: row.version ?? null,
    owner: row.owner,
    epoch: row.epoch,
    changes: definition === undefined || isNew ? [] : changesOf(fieldsOf(former.definition), definition),
    definition: definition ?? null,
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Definitions are objects; they were written by us. */
const fieldsOf = (definition: string): Fields => JSON.parse(definition) as Fields

function changesOf(before: Fields, after: Fields): DefinitionChange['changes'] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...fields]
    .filter(field => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .sort()
    .map(field => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
}
