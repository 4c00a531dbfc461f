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

/** What came of the batches of a topic since the start. */
export type IngestCounts = {
  readonly topic: string
  readonly records: number
  readonly rejected: number
  readonly batches: Readonly<Record<IngestOutcome, number>>
}

/** `failed`: they could not be made durable. */
export const ingestOutcomes = ['kept', 'repeated', 'id-taken', 'too-long', 'full', 'kafka-away', 'failed'] as const
export type IngestOutcome = (typeof ingestOutcomes)[number]
