import * as z from 'zod/mini'

/*
 * The schemas of this folder are the one source of the types that the gateway writes and the page reads. They are
 * written with zod's small entry, because the page carries them to every browser; only schemas and plain functions
 * may stand in the files that the page imports, never the engine's types as values.
 *
 * Conventions of every message and answer: keys in snake_case, instants as ISO 8601 text in UTC with milliseconds,
 * durations in whole ms with `_ms` at the end, null where a value is missing.
 */

/** ISO 8601 in UTC with milliseconds. */
export const isoTimeSchema = z.iso.datetime({ offset: true })

export const localTextSchema = z.object({ en: z.string(), zh: z.optional(z.string()) })
export type LocalText = z.infer<typeof localTextSchema>

/** Dimension names and values; `{}` is the total, a null value is an unknown one. */
export const segmentSchema = z.record(z.string(), z.nullable(z.string()))
export type Segment = z.infer<typeof segmentSchema>

export const severitySchema = z.enum(['info', 'warning', 'critical'])
export type Severity = z.infer<typeof severitySchema>

/** What kind of number a statistic is: durations in ms, ratios in 0..1, rates per hour, amounts in the unit of their measure. */
export const unitSchema = z.enum(['duration', 'count', 'ratio', 'rate', 'amount'])
export type Unit = z.infer<typeof unitSchema>
