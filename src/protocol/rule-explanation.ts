import * as z from 'zod/mini'
import { alertStateSchema, explanationSchema } from './alert.ts'
import { isoTimeSchema, localTextSchema, segmentSchema } from './vocabulary.ts'

/** Why a rule does not fire at a segment, or an alert is not over; a newer server may know more kinds. */
const quietReasonSchema = z.object({
  kind: z.string(),
  /** What is wrong, for people. */
  text: localTextSchema,
  /** The condition's term that does not hold, or is not known. */
  term: z.optional(z.string()),
  samples: z.optional(z.number()),
  needed: z.optional(z.number()),
  held_ms: z.optional(z.number()),
  needed_ms: z.optional(z.number()),
  since: z.optional(isoTimeSchema),
  until: z.optional(z.nullable(isoTimeSchema)),
  /** Id of the silence. */
  silence: z.optional(z.string()),
  /** How often it fired. */
  times: z.optional(z.number()),
  /** Id of the alert that explains this one, or tells of many segments; null: that one is over already. */
  alert: z.optional(z.nullable(z.string())),
})

/** How a rule stands at one segment: the very explanation that an alert of it would have, and why there is none. */
export const ruleExplanationSchema = z.object({
  process: z.string(),
  rule: z.string(),
  segment: segmentSchema,
  /** The evaluation instant. */
  at: isoTimeSchema,
  state: alertStateSchema,
  /** Of the alert under way; null: there is none. */
  alert: z.nullable(z.string()),
  /** The rule's summary as of now; null where its condition does not hold. */
  summary: z.nullable(localTextSchema),
  explanation: explanationSchema,
  /** What decides first; empty: it fires. */
  quiet: z.array(quietReasonSchema),
})
export type RuleExplanation = z.infer<typeof ruleExplanationSchema>
