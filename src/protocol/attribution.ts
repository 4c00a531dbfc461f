import * as z from 'zod/mini'
import { isoTimeSchema, segmentSchema } from './vocabulary.ts'

/** The stretch of time [start, end) that a rule's window is compared with, and its flow. */
export const beforeSchema = z.object({
  start: isoTimeSchema,
  end: isoTimeSchema,
  entered: z.number(),
  exited: z.number(),
})

/**
 * Why the mean time of a case in the stage has changed, in whole ms that add up: before + parts + others + rest = now.
 * Each is within 1 ms of the exact number.
 */
export const attributionSchema = z.object({
  before_ms: z.number(),
  now_ms: z.number(),
  /** The largest ones, by size; `{}` is the whole of a stage. */
  parts: z.array(
    z.object({
      stage: z.string(),
      segment: segmentSchema,
      /** `time`: visits take longer or shorter there; `mix`: other shares go there; `rework`: cases come again more or less often. */
      cause: z.enum(['time', 'mix', 'rework']),
      change_ms: z.number(),
    }),
  ),
  /** The parts that are not listed, together. */
  others_ms: z.number(),
  /** What no part explains. */
  rest_ms: z.number(),
})

/** What an alert most probably comes from; a newer server may know more kinds. */
export const suspectedSchema = z.object({
  /** `time`, `mix`, `rework`, `arrivals_up`, `arrivals_down`, `exits_down`, `starved`, `blocked`. */
  kind: z.string(),
  stage: z.string(),
  segment: z.optional(segmentSchema),
  /** Of `time`, `mix`, `rework`: what it adds to the mean time of a case. */
  change_ms: z.optional(z.number()),
  /** Of flows: visits an hour. */
  before_per_hour: z.optional(z.number()),
  now_per_hour: z.optional(z.number()),
  /** Of `starved` and `blocked`: the alert of that stage. */
  alert: z.optional(z.object({ id: z.string(), rule: z.string() })),
})
export type Suspected = z.infer<typeof suspectedSchema>
