import * as z from 'zod/mini'
import { toldAlertSchema } from './alert.ts'
import { isoTimeSchema, localTextSchema } from './vocabulary.ts'

/*
 * The body of a message to a contact point: a CloudEvent in structured mode. It is written once and is the same on every
 * attempt; what goes to people is rendered from it when it is sent. The number at the end of `type` rises when a receiver
 * would have to be changed; keys may be added under the same one. Source: CloudEvents 1.0.2.
 */
const envelope = {
  specversion: z.literal('1.0'),
  /** The same on every attempt, and the header `Idempotency-Key`: whoever has it already drops the message. */
  id: z.string(),
  /** `urn:stagewatch:process:` and the name of the process. */
  source: z.string(),
  /** When the message was made, by the wall clock. */
  time: isoTimeSchema,
  datacontenttype: z.literal('application/json'),
  /** To whom, as `owner/name`; an extension attribute. */
  contactpoint: z.string(),
}

/** What a text for people needs to know of the process. */
const about = {
  process: z.string(),
  process_title: localTextSchema,
  /** An IANA name: instants are shown in it. */
  timezone: z.string(),
  /** Where the page is, as people reach it; null where nobody said. */
  page: z.nullable(z.string()),
  /** It is told by a step of the escalation, so long after somebody was told first; absent: for another reason. */
  escalated_after_ms: z.optional(z.number()),
}

/** One alert has entered a state; its `id` is that of the episode, the same from firing to resolved. */
const alertNotificationSchema = z.object({
  ...envelope,
  type: z.enum(['stagewatch.alert.firing.v1', 'stagewatch.alert.no_data.v1', 'stagewatch.alert.resolved.v1']),
  /** The alert's id. */
  subject: z.string(),
  data: z.object({ ...about, alert: toldAlertSchema }),
})

/** What is open, and the contact point has not heard of: after a start on history, or a longer pause. */
const digestNotificationSchema = z.object({
  ...envelope,
  type: z.literal('stagewatch.alerts.digest.v1'),
  data: z.object({
    ...about,
    /** How many alerts it tells of; more than are listed where the list was cut. */
    count: z.number(),
    /** The most severe first, then the oldest. */
    alerts: z.array(toldAlertSchema),
  }),
})

/** Alerts that are told together, as notifications.yaml says. */
const groupNotificationSchema = z.object({
  ...envelope,
  type: z.literal('stagewatch.alerts.group.v1'),
  data: z.object({
    ...about,
    group: z.object({
      /** The same in every message of the group: the route, and the labels below. */
      key: z.string(),
      /** What its alerts have in common. */
      labels: z.record(z.string(), z.string()),
    }),
    /** How many alerts it has, those that are over with this message among them; more than are listed where the list was cut. */
    count: z.number(),
    /** The most severe first, then the oldest; what is over last. */
    alerts: z.array(toldAlertSchema),
    /** Ids of the listed alerts that are in another state than this contact point was told last; the others are as it knows. */
    changed: z.array(z.string()),
  }),
})

export const notificationSchema = z.discriminatedUnion('type', [
  alertNotificationSchema,
  digestNotificationSchema,
  groupNotificationSchema,
])
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
  /** Contact points whose receivers said that they take no more, until the next start. */
  disabled: z.array(z.object({ contact_point: z.string(), disabled_at: isoTimeSchema, reason: z.string() })),
  /** Processes whose alerts may be held back, until their time has reached the present or a full queue has room. */
  held_back: z.array(z.string()),
  /** Members of the Alertmanager that is told of what fires, by host and port; when, and what was wrong the last time. */
  alertmanagers: z.array(
    z.object({ member: z.string(), told_at: z.nullable(isoTimeSchema), problem: z.nullable(z.string()) }),
  ),
})
export type OutboxList = z.infer<typeof outboxSchema>
