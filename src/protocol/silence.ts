import * as z from 'zod/mini'
import { isoTimeSchema } from './vocabulary.ts'

/** As in Alertmanager's API. */
const matcherSchema = z.object({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean(),
})

export const silenceSchema = z.object({
  id: z.string(),
  /** As of the answer: it is to come, in force, or over. */
  state: z.enum(['pending', 'active', 'expired']),
  matchers: z.array(matcherSchema),
  starts_at: isoTimeSchema,
  ends_at: isoTimeSchema,
  created_by: z.string(),
  created_at: isoTimeSchema,
  comment: z.string(),
  /** Who ended it before its time. */
  expired: z.optional(z.object({ by: z.string(), at: isoTimeSchema })),
  /** The alerts under way that its matchers match. */
  alerts: z.array(z.string()),
})
export type SilenceView = z.infer<typeof silenceSchema>

export const silenceListSchema = z.object({
  /** Those in force, the next to end first; then those to come; then those that are over, the last first. */
  silences: z.array(silenceSchema),
  /** The cursor of the next page; absent: there is none. */
  next: z.optional(z.string()),
})
export type SilenceList = z.infer<typeof silenceListSchema>

export const silenceAnswerSchema = z.object({
  silence: silenceSchema,
  /** true: it had been done before under this id, and was not done again. */
  repeated: z.boolean(),
})
export type SilenceAnswer = z.infer<typeof silenceAnswerSchema>
