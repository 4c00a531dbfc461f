import * as z from 'zod/mini'
import { isoTimeSchema, segmentSchema } from './vocabulary.ts'

const segmentStatisticsSchema = z.object({
  segment: segmentSchema,
  total: z.boolean(),
  /** The target that holds for this segment; null where it has none. */
  target_ms: z.nullable(z.number()),
  /** By statistic name; a name is missing where there are no samples. Durations in ms, rates per hour. */
  values: z.record(z.string(), z.number()),
  /** Names of values that are at least so much, how much more is not known; absent: none. */
  at_least: z.optional(z.array(z.string())),
  /** Of values that lie in a range, its other end, by name; absent: none. */
  at_most: z.optional(z.record(z.string(), z.number())),
})
export type SegmentStatistics = z.infer<typeof segmentStatisticsSchema>

const stageStatisticsSchema = z.object({
  stage: z.string(),
  window_ms: z.number(),
  /** The total first, then segments in the order of their keys. */
  segments: z.array(segmentStatisticsSchema),
  /** How many segments the stage has; more than are listed where the list was cut to the worst. */
  segment_count: z.number(),
  /** The stage has had more segments than it may keep: segment values are incomplete, totals exact. */
  partial: z.boolean(),
})
export type StageStatistics = z.infer<typeof stageStatisticsSchema>

const measureStatisticsSchema = z.object({
  measure: z.string(),
  window_ms: z.number(),
  /** The total first, then segments in the order of their keys; amounts in the measure's own unit. */
  segments: z.array(z.object({ segment: segmentSchema, total: z.boolean(), values: z.record(z.string(), z.number()) })),
  segment_count: z.number(),
  partial: z.boolean(),
})
export type MeasureStatistics = z.infer<typeof measureStatisticsSchema>

export const processStatisticsSchema = z.object({
  process: z.string(),
  /** The evaluation instant that the numbers are of; null before the first. */
  as_of: z.nullable(isoTimeSchema),
  stages: z.array(stageStatisticsSchema),
  measures: z.array(measureStatisticsSchema),
})
export type ProcessStatistics = z.infer<typeof processStatisticsSchema>
