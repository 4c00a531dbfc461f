import * as z from 'zod/mini'
import { attributionSchema, beforeSchema, suspectedSchema } from './attribution.ts'
import { openCasesSchema } from './open-cases.ts'
import { isoTimeSchema, localTextSchema, segmentSchema, severitySchema, unitSchema } from './vocabulary.ts'

export const alertStateSchema = z.enum(['inactive', 'pending', 'firing', 'recovering', 'resolved', 'no_data'])
export type AlertState = z.infer<typeof alertStateSchema>

/** Why an alert is in its state, as the engine decided it; a newer server may know more reasons. */
const alertReasonSchema = z.string()

const statisticValueSchema = z.object({
  statistic: z.string(),
  /** It is of this window and not of the rule's own. */
  window_ms: z.optional(z.number()),
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

export const explanationSchema = z.object({
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
  /** Of the rule's definition: the first digits of its hash in the table of definitions. */
  version: z.optional(z.string()),
  /** What the statistic that the rule is about was when an hour began that is about so long ago, in its own unit. */
  past: z.optional(
    z.array(z.object({ when: z.enum(['hour_before', 'week_before']), at: isoTimeSchema, value: z.number() })),
  ),
  /** Of a stage, within the window: what entered, completed, and left otherwise; and the open visits. */
  flow: z.optional(z.object({ entered: z.number(), exited: z.number(), left: z.number(), wip: z.number() })),
  /** The stages that hand cases over to this one, and that it hands them over to, over all their segments. */
  neighbours: z.optional(
    z.array(
      z.object({
        stage: z.string(),
        relation: z.enum(['upstream', 'downstream']),
        window_ms: z.number(),
        entered: z.number(),
        exited: z.number(),
        left: z.number(),
        wip: z.number(),
        /** Those that are open, five at most. */
        alerts: z.array(z.object({ id: z.string(), rule: z.string() })),
      }),
    ),
  ),
  /** Of a stage: the cases that are open; left out: none is. */
  open_cases: z.optional(openCasesSchema),
  before: z.optional(beforeSchema),
  attribution: z.optional(attributionSchema),
  suspected: z.optional(suspectedSchema),
  /** The feed itself has been silent since then, so nothing is concluded from what is missing. */
  silent_since: z.optional(isoTimeSchema),
})
export type Explanation = z.infer<typeof explanationSchema>

const markSchema = z.object({ by: z.string(), at: isoTimeSchema })
const feedbackSchema = z.enum(['useful', 'false_alarm'])
/** What an alert came from; a newer server may know more causes. */
const causeSchema = z.string()

/** An alert as a transition left it, with everything that a responder needs beside it. */
export const toldAlertSchema = z.object({
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
  /** It fires and ends again and again: how often within the hour before, and when first. */
  flapping: z.optional(z.object({ times: z.number(), since: isoTimeSchema })),
})

/** An alert as its latest transition left it, and as people have. */
export const alertSchema = z.extend(toldAlertSchema, {
  /** What people have made of it; what nobody has done is left out. */
  acknowledged: z.optional(markSchema),
  assigned_to: z.optional(z.string()),
  /** Nobody is told of it before then; it may have passed. */
  snoozed_until: z.optional(isoTimeSchema),
  /** The newest ones, in their order. */
  comments: z.optional(z.array(z.extend(markSchema, { text: z.string() }))),
  feedback: z.optional(z.extend(markSchema, { verdict: feedbackSchema })),
  /** Somebody ended it. */
  resolution: z.optional(z.extend(markSchema, { cause: causeSchema, text: z.optional(z.string()) })),
  /** Ids of the silences that keep people from being told of it now. */
  silenced_by: z.optional(z.array(z.string())),
  /** Id of the open alert that explains it: nobody is told of this one meanwhile. */
  inhibited_by: z.optional(z.string()),
})
export type Alert = z.infer<typeof alertSchema>

export const alertListSchema = z.object({
  /** Those not resolved first, the most severe and then the newest first; the resolved ones after them, newest first. */
  alerts: z.array(alertSchema),
  /** The cursor of the next page; absent: there is none. */
  next: z.optional(z.string()),
})
export type AlertList = z.infer<typeof alertListSchema>

/** What a person did to an alert. */
const alertActionSchema = z.object({
  id: z.string(),
  kind: z.enum(['acknowledge', 'unacknowledge', 'assign', 'snooze', 'comment', 'feedback', 'resolve']),
  by: z.string(),
  at: isoTimeSchema,
  /** What belongs to the kind: `to`, `until`, `text`, `verdict`, `cause`. */
  fields: z.record(z.string(), z.nullable(z.string())),
})
export type AlertActionView = z.infer<typeof alertActionSchema>

/** What an action came to. */
export const actionAnswerSchema = z.object({
  action: alertActionSchema,
  /** true: it had been done before under this id, and was not done again. */
  repeated: z.boolean(),
  alert: alertSchema,
})
export type ActionAnswer = z.infer<typeof actionAnswerSchema>

/** The most transitions of one episode that are listed, newest kept; and all that people did to it. */
export const alertHistorySchema = z.object({
  alert: z.string(),
  transitions: z.array(alertSchema),
  actions: z.array(alertActionSchema),
})
export type AlertHistory = z.infer<typeof alertHistorySchema>
