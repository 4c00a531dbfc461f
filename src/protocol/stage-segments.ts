import * as z from 'zod/mini'
import { stageSumsSchema } from './history.ts'
import { isoTimeSchema, segmentSchema } from './vocabulary.ts'

/** By what segments may be put in order. */
export const contributions = ['sum_ms', 'exited', 'entered', 'breached'] as const

const sumsSchema = z.extend(stageSumsSchema, {
  /** Of the durations of the visits that completed. */
  sum_ms: z.number(),
})

/** Of the stage's total, 0 … 1; null where that is 0. */
const shareSchema = z.object({
  entered: z.nullable(z.number()),
  exited: z.nullable(z.number()),
  breached: z.nullable(z.number()),
  sum_ms: z.nullable(z.number()),
})

const sharedSumsSchema = z.extend(sumsSchema, { share: shareSchema })

const contributedSchema = z.extend(sharedSumsSchema, {
  before: sharedSumsSchema,
  /**
   * How much of the change of the mean time of a case it makes, in ms: `time`: its visits take longer or shorter; `mix`: another
   * share of the visits goes there; `rework`: its cases come again more or less often. null where `change` is.
   */
  change: z.nullable(z.object({ time_ms: z.number(), mix_ms: z.number(), rework_ms: z.number() })),
})

/** Which segments made up what a stage did in a range, and in the range of the same length right before. */
export const stageSegmentsSchema = z.object({
  process: z.string(),
  stage: z.string(),
  from: isoTimeSchema,
  to: isoTimeSchema,
  as_of: z.nullable(isoTimeSchema),
  /** Dimensions that the segments are cut by. */
  by: z.array(z.string()),
  total: z.extend(sumsSchema, { before: sumsSchema }),
  /** Mean time of a case in the stage, before and now: what the changes of all segments and the rest lead from and to. null: on one side nothing has completed. */
  change: z.nullable(z.object({ before_ms: z.number(), now_ms: z.number() })),
  /** The largest first. */
  segments: z.array(
    z.extend(contributedSchema, {
      segment: segmentSchema,
      /** The target that holds for it; null where it has none, or is cut by fewer dimensions than the target is. */
      target_ms: z.nullable(z.number()),
    }),
  ),
  /** The total less what is listed: the smaller segments, and what no segment of these dimensions counted. */
  rest: z.extend(contributedSchema, { segment_count: z.number() }),
})
export type StageSegments = z.infer<typeof stageSegmentsSchema>
