import * as z from 'zod/mini'
import { detailedProcessStatusSchema, partitionStatusSchema, statusSchema } from './status.ts'
import { isoTimeSchema } from './vocabulary.ts'

/*
 * How the program is doing: the status, in the same words, and what it takes to do something about it. It answers while the
 * store is away, too.
 */

const placeSchema = z.object({ topic: z.string(), partition: z.number() })

const partitionHealthSchema = z.extend(partitionStatusSchema, {
  /** Offset of the record that will be written next; null: it has not been told yet. */
  end_offset: z.nullable(z.number()),
  /** How many offsets there are still to be read. */
  behind: z.nullable(z.number()),
  /** By how much its watermark is behind the wall clock; null before its first event. */
  lag_ms: z.nullable(z.number()),
})

const sampleSchema = z.extend(placeSchema, {
  offset: z.number(),
  /** What was wrong, for people. */
  detail: z.string(),
  stored_at: isoTimeSchema,
  /** The beginning of its bytes as text, control characters replaced; null: it has none. */
  key: z.nullable(z.string()),
  value: z.nullable(z.string()),
  /** There is more of the value than is told. */
  cut: z.boolean(),
})

const rejectedSchema = z.object({
  reason: z.string(),
  count: z.number(),
  /** The one that was stored last; null: none is stored, or the store cannot be read now. */
  sample: z.nullable(sampleSchema),
})
export type RejectedHealth = z.infer<typeof rejectedSchema>

export const processHealthSchema = z.extend(detailedProcessStatusSchema, {
  /**
   * In one word. `waiting`: no partition is assigned yet; `failed` and `retrying`: of the source; `held`: time stands still;
   * `partial`: the end of a partition is not known.
   */
  state: z.enum(['live', 'catching_up', 'held', 'partial', 'waiting', 'retrying', 'failed']),
  partitions: z.array(partitionHealthSchema),
  /** By how much the lowest watermark is behind the wall clock; null before every partition has had an event. */
  lag_ms: z.nullable(z.number()),
  /** What time waits for; `since` is told where it stands still. null: it goes on. */
  held: z.nullable(z.object({ since: z.nullable(isoTimeSchema), by: z.array(placeSchema) })),
  /** How much of the history that was found at the start has been read, in offsets; null where that is behind it. */
  catch_up: z.nullable(z.object({ read: z.number(), of: z.number() })),
  /** When the states of all partitions had been saved: a restart reads again what came since. null: not all have been, or it is not known. */
  saved_at: z.nullable(isoTimeSchema),
  /** What became of all records and events; names as in a partition's `counts`. */
  counts: z.record(z.string(), z.number()),
  /** What lies in the dead letters, by reason, the most frequent first. */
  rejected: z.array(rejectedSchema),
  /** What records were lacking of the last 24 h, the most frequent first, 20 at most; null: the store cannot be read now. */
  lacking: z.nullable(z.array(z.object({ detail: z.string(), count: z.number() }))),
  /** Activities that no stage, measure or end names, the most frequent first. */
  unknown_activities: z.array(z.object({ activity: z.string(), count: z.number() })),
})
export type ProcessHealth = z.infer<typeof processHealthSchema>

export const healthSchema = z.extend(statusSchema, {
  /** The wall clock that lags are measured by. */
  at: isoTimeSchema,
  processes: z.array(processHealthSchema),
  /** The route of notifications has more. */
  notifications: z.object({
    queued_count: z.number(),
    /** Of the one that has waited longest; null: none waits. */
    oldest_queued_at: z.nullable(isoTimeSchema),
    dead_count: z.number(),
    disabled_count: z.number(),
    held_back: z.array(z.string()),
  }),
  /** Why numbers may not be relied on yet, as `/readyz` says it; none: they may. */
  not_ready: z.array(z.string()),
})
export type Health = z.infer<typeof healthSchema>
