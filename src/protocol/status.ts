import * as z from 'zod/mini'
import { isoTimeSchema } from './vocabulary.ts'

/** How the store is doing. `off`: there is none; `retrying`: rows wait, alerts and the page go on. */
const storeStatusSchema = z.object({
  state: z.enum(['ready', 'retrying', 'off']),
  /** Rows acknowledged since the start. */
  rows_written: z.number(),
  rows_waiting: z.number(),
  /** What went wrong last, while it is retrying. */
  problem: z.nullable(z.string()),
})

const countsSchema = z.record(z.string(), z.number())

export const partitionStatusSchema = z.object({
  topic: z.string(),
  partition: z.number(),
  offset: z.nullable(z.number()),
  watermark: z.nullable(isoTimeSchema),
  at_end: z.boolean(),
  /** Records and events by what became of them; names as in `summary.json`. */
  counts: countsSchema,
  rejected_by: countsSchema,
  ignored_by: countsSchema,
})

/** How the source is doing. `retrying`: it goes on by itself once it can; `failed`: only after a person has acted. */
const sourceStatusSchema = z.object({
  state: z.enum(['connecting', 'connected', 'retrying', 'failed']),
  since: isoTimeSchema,
  /** What is wrong; null: nothing. */
  problem: z.nullable(z.string()),
  remedy: z.nullable(z.string()),
})

/** What the stream carries every second: how fresh the numbers of a process are, and why not fresher. */
const processStatusSchema = z.object({
  process: z.string(),
  source: sourceStatusSchema,
  evaluated_at: z.nullable(isoTimeSchema),
  watermark: z.nullable(isoTimeSchema),
  catching_up: z.boolean(),
  /** Ended cases that may still be corrected included. */
  cases_in_memory: z.number(),
  partition_count: z.number(),
  /** Partitions whose end is not known: they may hold more than was read, so all values are partial. */
  unknown_ends: z.number(),
  /** Events counted, over all partitions; 0 is an empty page. */
  events_counted: z.number(),
  /** Records rejected and events late: what lies in the dead letters. */
  dead_letters: z.number(),
})
export type ProcessStatus = z.infer<typeof processStatusSchema>

export const statusSchema = z.object({
  version: z.string(),
  started_at: isoTimeSchema,
  processes: z.array(processStatusSchema),
  store: storeStatusSchema,
})
export type Status = z.infer<typeof statusSchema>

/** What the stream leaves out: every partition with its counts. */
export const detailedProcessStatusSchema = z.extend(processStatusSchema, { partitions: z.array(partitionStatusSchema) })

export const detailedStatusSchema = z.extend(statusSchema, { processes: z.array(detailedProcessStatusSchema) })
export type DetailedProcessStatus = z.infer<typeof detailedProcessStatusSchema>
export type DetailedStatus = z.infer<typeof detailedStatusSchema>
export type PartitionStatus = z.infer<typeof partitionStatusSchema>
