import * as z from 'zod/mini'
import { isoTimeSchema, localTextSchema, segmentSchema, severitySchema, unitSchema } from './vocabulary.ts'

const alertStateSchema = z.enum(['inactive', 'pending', 'firing', 'recovering', 'resolved', 'no_data'])
export type AlertState = z.infer<typeof alertStateSchema>

/** Why an alert is in its state, as the engine decided it; a newer server may know more reasons. */
const alertReasonSchema = z.string()

const statisticValueSchema = z.object({
  statistic: z.string(),
  unit: unitSchema,
  /** null: no samples. */
  value: z.nullable(z.number()),
  /** true: it is the value or more, how much more is not known. */
  at_least: z.optional(z.boolean()),
  /** With `at_least`: and no more than this. */
  at_most: z.optional(z.number()),
})

const termSchema = z.object({
  text: z.string(),
  values: z.array(statisticValueSchema),
  /** null: unknown, a comparison with a missing value. */
  result: z.nullable(z.boolean()),
})

const explanationSchema = z.object({
  expression: z.string(),
  terms: z.array(termSchema),
  result: z.nullable(z.boolean()),
  window: z.object({ start: isoTimeSchema, end: isoTimeSchema }),
  watermark: z.nullable(isoTimeSchema),
  samples: z.number(),
  /** Window of the life table behind live percentiles, as widened, and the exits that it rests on. */
  live: z.optional(z.object({ window_ms: z.number(), exits: z.number() })),
  /** true: how far some log went was not known, it may have held more than was read. */
  partial: z.optional(z.literal(true)),
  min_samples: z.number(),
})
export type Explanation = z.infer<typeof explanationSchema>

/** An alert as its latest transition left it, with everything that a responder needs beside it. */
export const alertSchema = z.object({
  /** The same from pending to resolved. */
  id: z.string(),
  process: z.string(),
  rule: z.string(),
  /** What the rule is about: a stage or a measure, the other one is null. */
  stage: z.nullable(z.string()),
  measure: z.nullable(z.string()),
  /** Title of the stage or measure. */
  subject_title: localTextSchema,
  segment: segmentSchema,
  state: alertStateSchema,
  from: alertStateSchema,
  because: alertReasonSchema,
  /** The evaluation instant of the transition. */
  at: isoTimeSchema,
  /** When the condition began to hold. */
  since: isoTimeSchema,
  fired_at: z.nullable(isoTimeSchema),
  severity: severitySchema,
  owner: z.string(),
  owner_title: localTextSchema,
  summary: localTextSchema,
  action: z.nullable(localTextSchema),
  runbook: z.nullable(z.string()),
  /** The value of the condition's first term; null where it has no samples. */
  value: z.nullable(z.number()),
  /** true: it is `value` or more, how much more is not known. */
  at_least: z.optional(z.boolean()),
  /** With `at_least`: and no more than this. */
  at_most: z.optional(z.number()),
  /** What the first term compares; null where it is not a plain comparison with a constant. */
  threshold: z.nullable(z.object({ statistic: z.string(), operator: z.string(), value: z.number() })),
  unit: z.nullable(unitSchema),
  explanation: explanationSchema,
})
export type Alert = z.infer<typeof alertSchema>

/** The most transitions of one episode that are listed, newest kept. */
export const alertHistorySchema = z.object({ alert: z.string(), transitions: z.array(alertSchema) })
export type AlertHistory = z.infer<typeof alertHistorySchema>
