import * as z from 'zod/mini'
import { isoTimeSchema, localTextSchema, severitySchema } from './vocabulary.ts'

/** A rule as it was loaded, and how it stands. */
export const ruleSchema = z.object({
  name: z.string(),
  /** What it is about: a stage or a measure, the other one is null. */
  stage: z.nullable(z.string()),
  measure: z.nullable(z.string()),
  /** Dimensions that it is cut by; none: all cases together. */
  by: z.array(z.string()),
  /** What its condition needs beside the statistics of its window: segments to expect, or what is usual; null: nothing. */
  kind: z.nullable(z.enum(['absent', 'deviation'])),
  when: z.string(),
  recover_when: z.nullable(z.string()),
  window_ms: z.number(),
  for_ms: z.number(),
  keep_firing_for_ms: z.number(),
  /** A segment is judged when it has been there for so long. */
  grace_ms: z.number(),
  min_samples: z.number(),
  /** Where it holds in more segments, one alert tells of all of them. */
  max_alerts: z.number(),
  no_data: z.nullable(z.object({ after_ms: z.number(), state: z.enum(['alert', 'ok', 'keep']) })),
  severity: severitySchema,
  owner: z.string(),
  owner_title: localTextSchema,
  action: z.nullable(localTextSchema),
  runbook: z.nullable(z.string()),
  /** Of its definition: the first digits of its hash in the table of definitions. */
  version: z.string(),
  /** File and line where it stands. */
  file: z.string(),
  line: z.number(),
  /** Its alerts under way, by state. */
  alerts: z.object({ pending: z.number(), firing: z.number(), recovering: z.number(), no_data: z.number() }),
  /** Of the alerts under way or resolved within the last 24 h: when one fired last. */
  last_fired_at: z.nullable(isoTimeSchema),
  /** What people said of these alerts. */
  feedback: z.object({ useful: z.number(), false_alarm: z.number() }),
  /** Of the last 28 days, as far as they are stored; null: the store cannot be read now. */
  past: z.nullable(
    z.object({
      days: z.number(),
      /** Episodes that began to fire. */
      fired: z.number(),
      fired_per_week: z.number(),
      last_fired_at: z.nullable(isoTimeSchema),
      /** Alerts that people called so. */
      useful: z.number(),
      false_alarm: z.number(),
      /** Of those that people said something of the share that was useful, 0 … 1; null: nobody said anything. */
      precision: z.nullable(z.number()),
    }),
  ),
})
export type RuleView = z.infer<typeof ruleSchema>

export const ruleListSchema = z.object({
  process: z.string(),
  as_of: z.nullable(isoTimeSchema),
  /** In the order of their file. */
  rules: z.array(ruleSchema),
})
export type RuleList = z.infer<typeof ruleListSchema>
