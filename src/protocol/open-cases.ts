import * as z from 'zod/mini'
import { isoTimeSchema } from './vocabulary.ts'

const rangeSchema = z.object({ low: z.number(), high: z.number() })

/** The cases that are open in the stage and segment of a rule. */
export const openCasesSchema = z.object({
  open: z.number(),
  /** Five at most, by their entry. */
  oldest: z.array(
    z.object({
      /** The first 200 characters of its id. */
      case: z.string(),
      entered_at: isoTimeSchema,
      /** In the stage's own time: that of its calendar, where it has one. */
      age_ms: z.number(),
      due_at: z.optional(isoTimeSchema),
      /** The probability to be late, or the range in which it lies. */
      late: z.optional(rangeSchema),
    }),
  ),
  /** Left out: none is ever due. */
  overdue: z.optional(z.number()),
  /** How many will probably be late, those that are included. */
  probably_late: z.optional(rangeSchema),
  /** What they are worth together, as far as they say so; left out: none does. */
  at_stake: z.optional(
    z.object({
      /** A decimal number: as a text, since it may have more digits than a double. */
      amount: z.string(),
      currency: z.nullable(z.string()),
      /** So many of them say what they are worth. */
      cases: z.number(),
    }),
  ),
})
export type OpenCases = z.infer<typeof openCasesSchema>
