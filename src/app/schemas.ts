import type { ProcessDefinition } from '../model/definitions.ts'
import { type RegistrySettings, SchemaRegistry } from '../source/schema-registry/registry.ts'
import { openWithSchemas } from '../source/schema-registry/with-schemas.ts'
import type { Source } from '../source/source.ts'
import { CouldNotRun } from './could-not-run.ts'

/** The topics whose records are Avro by their process file. */
export const avroTopicsOf = ({ sources }: ProcessDefinition): readonly string[] =>
  sources.filter(({ format }) => format === 'avro').flatMap(({ topics }) => topics)

/** @throws CouldNotRun where a process reads Avro and there is no registry to ask. */
export function requireRegistry(processes: readonly ProcessDefinition[], registry: RegistrySettings | undefined): void {
  const process = registry === undefined ? processes.find(each => avroTopicsOf(each).length > 0) : undefined
  if (process === undefined) return
  throw new CouldNotRun({
    problem: `process ${process.name} reads Avro (${avroTopicsOf(process).join(', ')}), and no schema registry is configured`,
    remedy: 'set kafka.schema_registry: {url: http://…}',
  })
}

/** The same source, whose framed records come with their schemas where there is a registry. */
export const withSchemas = (source: Source, registry: RegistrySettings | undefined): Source =>
  registry === undefined ? source : openWithSchemas(source, new SchemaRegistry(registry))
