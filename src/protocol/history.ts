import * as z from 'zod/mini'
import { isoTimeSchema, segmentSchema, severitySchema } from './vocabulary.ts'

/** What a stage did in a stretch of time, all its visits or those of a segment. */
export const stageSumsSchema = z.object({
  entered: z.number(),
  exited: z.number(),
  abandoned: z.number(),
  expired: z.number(),
  reworked: z.number(),
  breached: z.number(),
  /** Of the visits that completed in it; null where none did. */
  avg_ms: z.nullable(z.number()),
  p50_ms: z.nullable(z.number()),
  p90_ms: z.nullable(z.number()),
  p99_ms: z.nullable(z.number()),
})
export type StageSums = z.infer<typeof stageSumsSchema>

const comparedSumsSchema = z.extend(stageSumsSchema, {
  /** The same of the time that it is compared with; left out: with none. */
  before: z.optional(stageSumsSchema),
})

const seriesPointSchema = z.extend(comparedSumsSchema, {
  /** [start, end) */
  start: isoTimeSchema,
  end: isoTimeSchema,
  /** Open visits at its end; null for a segment, whose visits may have entered under another one. */
  wip: z.nullable(z.number()),
})
export type SeriesPoint = z.infer<typeof seriesPointSchema>

/** With which earlier time a range is compared: the range of the same length right before, or the same time a week ago. */
export const comparisons = ['period-before', 'week-before'] as const
export type Comparison = (typeof comparisons)[number]

export const stageHistorySchema = z.object({
  process: z.string(),
  stage: z.string(),
  segment: segmentSchema,
  from: isoTimeSchema,
  to: isoTimeSchema,
  step_ms: z.number(),
  as_of: z.nullable(isoTimeSchema),
  /** null: with none. */
  compare: z.nullable(z.enum(comparisons)),
  /** Of the range as one. */
  whole: comparedSumsSchema,
  /** Open visits at `from`; null as in the points. */
  wip_before: z.nullable(z.number()),
  points: z.array(seriesPointSchema),
})
export type StageHistory = z.infer<typeof stageHistorySchema>

/** How a visit stands to the instant at which it is due. */
export const visitDeadlineSchema = z.object({
  due_at: isoTimeSchema,
  /** null: it cannot be told, or the visit was abandoned or has expired. */
  state: z.nullable(z.enum(['on_time', 'due_soon', 'overdue', 'met', 'met_late'])),
  /** Of an open visit: how probably it misses its deadline, as of `as_of`; a range where that is all that is known. */
  late: z.nullable(
    z.object({
      low: z.number(),
      high: z.number(),
      /** From which on it is due soon. */
      level: z.number(),
      /** Where the case is within the stage; `left`: on the way from there to the end. null: in no other stage. */
      within: z.nullable(z.object({ stage: z.string(), left: z.boolean() })),
    }),
  ),
})
export type VisitDeadline = z.infer<typeof visitDeadlineSchema>

const caseVisitSchema = z.object({
  stage: z.string(),
  visit: z.number(),
  started_at: isoTimeSchema,
  ended_at: z.nullable(isoTimeSchema),
  outcome: z.enum(['open', 'completed', 'abandoned', 'expired']),
  reason: z.nullable(z.string()),
  /** By the wall clock; null while open. */
  duration_ms: z.nullable(z.number()),
  /** What counts against the target where the stage has a calendar: business time, of an open visit up to `as_of`; else null. */
  business_ms: z.nullable(z.number()),
  target_ms: z.nullable(z.number()),
  /** null: it is never due, or no event has said when. */
  deadline: z.nullable(visitDeadlineSchema),
  segment: segmentSchema,
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type CaseVisit = z.infer<typeof caseVisitSchema>

const caseAlertSchema = z.object({
  id: z.string(),
  rule: z.string(),
  /** null: it is about a measure. */
  stage: z.nullable(z.string()),
  segment: segmentSchema,
  severity: severitySchema,
  state: z.string(),
  began_at: isoTimeSchema,
  /** null: it never fired. */
  fired_at: z.nullable(isoTimeSchema),
  /** null: it is under way. */
  ended_at: z.nullable(isoTimeSchema),
  /** The visit that was in its stage and segment meanwhile; null: none was, it named the case. */
  visit: z.nullable(z.number()),
  /** It named the case among the oldest that were open. */
  names_case: z.boolean(),
})
export type CaseAlert = z.infer<typeof caseAlertSchema>

const caseCorrectionSchema = z.object({
  stage: z.string(),
  /** null: there is no such visit any more, or it is not listed. */
  visit: z.nullable(z.number()),
  started_at: isoTimeSchema,
  /** When it was last told otherwise, by the clock of the server. */
  at: isoTimeSchema,
  /** `withdrawn`: there is no such visit any more. `changed`: it had ended, and is otherwise now. */
  kind: z.enum(['withdrawn', 'changed']),
})
export type CaseCorrection = z.infer<typeof caseCorrectionSchema>

/** One case's visits in the order of their starts. */
export const caseTimelineSchema = z.object({
  process: z.string(),
  case: z.string(),
  as_of: z.nullable(isoTimeSchema),
  visits: z.array(caseVisitSchema),
  /** That it was in: of a stage and segment in which it was while they lived, or that named it. Oldest first, 100 at most, the newest. */
  alerts: z.array(caseAlertSchema),
  /** Its visits that later events made otherwise than they had been told, oldest first, 100 at most, the newest. */
  corrections: z.array(caseCorrectionSchema),
  /** There are more visits than are listed; the oldest are. */
  cut: z.boolean(),
})
export type CaseTimeline = z.infer<typeof caseTimelineSchema>
