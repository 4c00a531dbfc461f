import * as z from 'zod/mini'
import { alertSchema } from './alert.ts'
import { isoTimeSchema } from './vocabulary.ts'

/*
 * The body of a message to a contact point. `version` rises when a receiver would have to be changed; keys may be added
 * under the same version. It is written once and is the same on every attempt.
 */
const envelope = {
  version: z.literal(1),
  /** The same on every attempt, and the header `Idempotency-Key`: whoever has it already drops the message. */
  id: z.string(),
  /** When the message was made, by the wall clock. */
  timestamp: isoTimeSchema,
  /** To whom, as `owner/name`. */
  contact_point: z.string(),
}

/** One alert has entered a state; its `id` is that of the episode, the same from firing to resolved. */
const alertNotificationSchema = z.object({
  ...envelope,
  type: z.enum(['alert.firing', 'alert.no_data', 'alert.resolved']),
  data: z.object({ alert: alertSchema }),
})

/** What is open, and the contact point has not heard of: after a start on history, or a longer pause. */
const digestNotificationSchema = z.object({
  ...envelope,
  type: z.literal('alerts.digest'),
  data: z.object({
    process: z.string(),
    /** How many alerts it tells of; more than are listed where the list was cut. */
    count: z.number(),
    /** The most severe first, then the oldest. */
    alerts: z.array(alertSchema),
  }),
})

export const notificationSchema = z.discriminatedUnion('type', [alertNotificationSchema, digestNotificationSchema])
export type Notification = z.infer<typeof notificationSchema>

const tellingSchema = z.object({ alert: z.string(), state: z.enum(['firing', 'no_data', 'resolved']) })

const pastMessageSchema = z.object({
  id: z.string(),
  contact_point: z.string(),
  tells: z.array(tellingSchema),
  queued_at: isoTimeSchema,
  /** Since the last start. */
  attempts: z.number(),
})

/** How notifications stand: what waits, and what was given up in the last 24 h. */
export const outboxSchema = z.object({
  /** More than are listed where the list was cut. */
  queued_count: z.number(),
  /** By contact point, oldest first. */
  queued: z.array(
    z.extend(pastMessageSchema, {
      /** What came of the last attempt; null: there was none. */
      problem: z.nullable(z.string()),
      /** null: it is under way, or waits for an earlier message on its alert. */
      next_attempt_at: z.nullable(isoTimeSchema),
    }),
  ),
  dead_count: z.number(),
  /** Newest first. */
  dead: z.array(z.extend(pastMessageSchema, { given_up_at: isoTimeSchema, reason: z.string() })),
  /** Processes whose alerts may be held back, until their time has reached the present or a full queue has room. */
  held_back: z.array(z.string()),
})
export type OutboxList = z.infer<typeof outboxSchema>
