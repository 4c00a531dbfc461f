import * as z from 'zod/mini'

/** Events that were sent by HTTP, once they are durable. */
export const ingestAnswerSchema = z.object({
  topic: z.string(),
  /** Where they lie, where that is one partition. */
  partition: z.optional(z.number()),
  first_offset: z.optional(z.number()),
  /** Records that are durable. */
  accepted: z.number(),
  /** They had been sent before, and are there once. */
  repeated: z.boolean(),
  /** Those of them that cannot be counted, and become dead letters; the first of them. */
  rejected_count: z.number(),
  rejected: z.array(
    z.object({
      /** Its line, or its place in the array; from 1. */
      line: z.number(),
      process: z.string(),
      reason: z.string(),
      detail: z.string(),
    }),
  ),
})
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>
