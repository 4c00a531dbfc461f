import * as z from 'zod/mini'
import { visitDeadlineSchema } from './history.ts'
import { isoTimeSchema, segmentSchema } from './vocabulary.ts'

const openVisitSchema = z.object({
  case: z.string(),
  visit: z.number(),
  started_at: isoTimeSchema,
  /** In the stage's own time: that of its calendar, where it has one. */
  age_ms: z.number(),
  target_ms: z.nullable(z.number()),
  /** Older than its target, or past its due instant. */
  overdue: z.boolean(),
  /** null: it is never due, or no event has said when. */
  deadline: z.nullable(visitDeadlineSchema),
  segment: segmentSchema,
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type OpenVisit = z.infer<typeof openVisitSchema>

/** What is open in a stage now: how many and how old, and which cases. */
export const openStageSchema = z.object({
  process: z.string(),
  stage: z.string(),
  segment: segmentSchema,
  as_of: isoTimeSchema,
  window_ms: z.number(),
  /** The target that holds for the segment; null where it has none. */
  target_ms: z.nullable(z.number()),
  /** As in the statistics: ages of open visits, `live_…` percentiles, which count them in, and those of completed visits alone. */
  values: z.record(z.string(), z.number()),
  at_least: z.optional(z.array(z.string())),
  at_most: z.optional(z.record(z.string(), z.number())),
  /** Open visits by age, in bars that follow on each other, youngest first; a target is where a bar ends. */
  ages: z.array(z.object({ from_ms: z.number(), to_ms: z.nullable(z.number()), count: z.number() })),
  /** Those that entered first; null: the store cannot be read now. */
  oldest: z.nullable(z.array(openVisitSchema)),
  /** Of the cases looked at those that will most probably be late and are not yet, by the probability; null as `oldest`. */
  at_risk: z.nullable(z.array(openVisitSchema)),
  /** So many of the oldest were looked at for `at_risk`. */
  looked_at: z.number(),
})
export type OpenStage = z.infer<typeof openStageSchema>
