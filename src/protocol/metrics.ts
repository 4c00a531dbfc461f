import * as z from 'zod/mini'
import { localTextSchema } from './vocabulary.ts'

/** What a number means, who answers for it, and in which version. */
export const metricSchema = z.object({
  name: z.string(),
  title: localTextSchema,
  /** What it is about: a stage or a measure, the other one is null. */
  stage: z.nullable(z.string()),
  measure: z.nullable(z.string()),
  statistic: z.string(),
  window_ms: z.number(),
  unit: z.enum(['duration', 'count', 'ratio', 'per_hour', 'amount']),
  direction: z.enum(['lower_is_better', 'higher_is_better']),
  /** In words. */
  definition: localTextSchema,
  owner: z.string(),
  owner_title: localTextSchema,
  status: z.enum(['draft', 'published', 'deprecated']),
  /** As its file says. */
  version: z.number(),
  /** The first digits of its hash in the table of definitions: another one with every edit. */
  hash: z.string(),
  /** File and line where it stands. */
  file: z.string(),
  line: z.number(),
})
export type MetricView = z.infer<typeof metricSchema>

/** A process's dictionary of metrics. */
export const metricListSchema = z.object({ process: z.string(), metrics: z.array(metricSchema) })
export type MetricList = z.infer<typeof metricListSchema>
