import type { Instant } from '../event/instant.ts'
import { definitionHash, definitionText } from '../model/definition-version.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { foldFingerprint } from '../model/fold-fingerprint.ts'
import type { DefinitionRow } from '../store/writing/tables/definitions.ts'

/** A process's definitions as the store keeps them, to tell later which one gave a number. */
export function definitionRowsOf(process: ProcessDefinition, epoch: number, since: Instant): DefinitionRow[] {
  const of = (kind: DefinitionRow['kind']) => (definition: { readonly name: string; readonly owner?: string }) => {
    const row: DefinitionRow = {
      process: process.name,
      kind,
      name: definition.name,
      since,
      hash: definitionHash(definition),
      version: 'version' in definition ? (definition.version as number | undefined) : undefined,
      owner: definition.owner ?? process.owner,
      epoch,
      definition: definitionText(definition),
    }
    return row
  }
  const fold = { ...of('fold')({ name: process.name, owner: process.owner }), hash: foldFingerprint(process) }
  return [
    fold,
    ...process.stages.map(of('stage')),
    ...process.measures.map(of('measure')),
    ...process.metrics.map(of('metric')),
    ...process.rules.map(of('rule')),
  ]
}
