import * as z from 'zod/mini'
import { isoTimeSchema } from './vocabulary.ts'

/** `fold`: all that the fold of the process reads, so that where it changes history is folded anew. */
export const definitionKinds = ['fold', 'stage', 'measure', 'metric', 'rule'] as const

const definitionChangeSchema = z.object({
  kind: z.enum(definitionKinds),
  name: z.string(),
  /** From when on it is so, by the wall clock. */
  since: isoTimeSchema,
  what: z.enum(['new', 'changed', 'gone']),
  /** It is in force still. */
  in_force: z.boolean(),
  /** SHA-256 of the definition; null where it is gone. Alerts and rules name its first digits. */
  hash: z.nullable(z.string()),
  /** As its author counts; null where nobody does. */
  version: z.nullable(z.number()),
  owner: z.string(),
  /** Of the rows that it gives. */
  epoch: z.number(),
  /** What is another than before, field by field; of what is new or gone nothing is listed. */
  changes: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
  /** The definition itself; null where it is gone. */
  definition: z.nullable(z.record(z.string(), z.unknown())),
})
export type DefinitionChange = z.infer<typeof definitionChangeSchema>

export const definitionListSchema = z.object({
  process: z.string(),
  /** The newest first. */
  definitions: z.array(definitionChangeSchema),
  /** Of the page behind this one; left out: it is the last. */
  next: z.optional(z.string()),
})
export type DefinitionList = z.infer<typeof definitionListSchema>

export const auditListSchema = z.object({
  /** The newest first. */
  entries: z.array(
    z.object({
      /** Of which installation; entries of one are chained by their hashes. */
      chain: z.string(),
      sequence: z.number(),
      at: isoTimeSchema,
      actor: z.string(),
      action: z.string(),
      subject: z.string(),
      detail: z.unknown(),
      previous: z.string(),
      hash: z.string(),
    }),
  ),
  /** Of the page behind this one; left out: it is the last. */
  next: z.optional(z.string()),
})
export type AuditList = z.infer<typeof auditListSchema>
