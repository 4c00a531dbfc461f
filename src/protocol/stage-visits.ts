import * as z from 'zod/mini'
import { isoTimeSchema, segmentSchema } from './vocabulary.ts'

/** Numbers of a stage whose visits are known, by the names that they have in its history. */
export const countedNumbers = ['exited', 'breached', 'abandoned', 'expired', 'entered'] as const
export type CountedNumber = (typeof countedNumbers)[number]

export const visitOrders = ['slowest', 'newest', 'oldest'] as const

export const listedVisitSchema = z.object({
  case: z.string(),
  visit: z.number(),
  started_at: isoTimeSchema,
  ended_at: z.nullable(isoTimeSchema),
  outcome: z.enum(['open', 'completed', 'abandoned', 'expired']),
  reason: z.nullable(z.string()),
  /** By the wall clock; null while open. */
  duration_ms: z.nullable(z.number()),
  /** In business time; null where the stage has no calendar. */
  business_ms: z.nullable(z.number()),
  target_ms: z.nullable(z.number()),
  /** Completed over its target, or later than it was due. */
  breached: z.boolean(),
  segment: segmentSchema,
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** How many visits it stands for: 1, or where only a sample of visits is kept, more, or none. */
  weight: z.number(),
})

export const stageVisitsSchema = z.object({
  process: z.string(),
  stage: z.string(),
  segment: segmentSchema,
  from: isoTimeSchema,
  to: isoTimeSchema,
  as_of: z.nullable(isoTimeSchema),
  number: z.enum(countedNumbers),
  /** How many there are on all pages; `estimated`: reckoned from a sample. null: not told but on the first page. */
  count: z.nullable(z.object({ visits: z.number(), kind: z.enum(['exact', 'estimated']) })),
  visits: z.array(listedVisitSchema),
  /** Of the page behind this one; left out: it is the last. */
  next: z.optional(z.string()),
})
export type StageVisits = z.infer<typeof stageVisitsSchema>
