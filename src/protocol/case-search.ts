import * as z from 'zod/mini'
import { isoTimeSchema } from './vocabulary.ts'

/** How a case stands, in a line. */
const foundCaseSchema = z.object({
  case: z.string(),
  /** `open` where a visit is; else how its last one ended. */
  state: z.enum(['open', 'completed', 'abandoned', 'expired']),
  /** Of the open visit that began last, or of the one that ended last; and since when it stands so. */
  stage: z.string(),
  since: isoTimeSchema,
  /** When its first visit began. */
  started_at: isoTimeSchema,
  /** All stages that it is in. */
  open_stages: z.array(z.string()),
  visit_count: z.number(),
})
export type FoundCase = z.infer<typeof foundCaseSchema>

export const caseListSchema = z.object({
  process: z.string(),
  query: z.string(),
  as_of: z.nullable(isoTimeSchema),
  /** The one whose whole id was asked for, then those whose newest visit began last. */
  cases: z.array(foundCaseSchema),
  /** Of the page behind this one; left out: it is the last. */
  next: z.optional(z.string()),
})
export type CaseList = z.infer<typeof caseListSchema>
