import * as z from 'zod/mini'
import { alertSchema } from './alert.ts'
import { processSummarySchema } from './process.ts'
import { processStatisticsSchema } from './statistics.ts'
import { statusSchema } from './status.ts'
import { isoTimeSchema } from './vocabulary.ts'

/*
 * The stream at /api/v1/stream, subprotocol `json.v1`: one JSON object a text frame.
 *
 *     server                                     client
 *     hello {epoch, sequence, alert_offset}  ->
 *                                            <-  subscribe {processes?}
 *     snapshot {everything as of sequence}   ->
 *     alert, statistics, status …            ->
 *     pong                                   <-> ping
 *
 * `sequence` rises with everything that the server says to anyone; a client that reads slowly misses statistics that a
 * newer one replaced, so it has holes. `alert_offset` rises by exactly one with every alert transition and every action
 * on an alert: a hole in it is a loss, and the client then connects again and starts from a fresh snapshot. Both start
 * over with a new `epoch`.
 */

export const SUBPROTOCOL = 'json.v1'
export const STREAM_PATH = '/api/v1/stream'

/** Codes up to 3499 mean: connect again; from 3500 on: do not, the request itself is wrong. */
export const closeCode = { shutdown: 3001, slow: 3008, badRequest: 3501, stale: 3502, signedOut: 3503 } as const

const envelope = {
  sequence: z.number(),
  /** The server's wall clock when it wrote the message. */
  at: isoTimeSchema,
  /** The evaluation instant that the content is of; null before the first. */
  as_of: z.nullable(isoTimeSchema),
}

const helloSchema = z.object({
  type: z.literal('hello'),
  ...envelope,
  /** Names this run of the server: another epoch, other sequences. */
  epoch: z.string(),
  alert_offset: z.number(),
  version: z.string(),
})

const snapshotSchema = z.object({
  type: z.literal('snapshot'),
  ...envelope,
  alert_offset: z.number(),
  processes: z.array(processSummarySchema),
  statistics: z.array(processStatisticsSchema),
  alerts: z.array(alertSchema),
  /** How many alerts are not resolved; more than are listed where the list was cut. */
  active_alerts: z.number(),
  status: statusSchema,
})

const alertMessageSchema = z.object({
  type: z.literal('alert'),
  ...envelope,
  alert_offset: z.number(),
  alert: alertSchema,
})
const statisticsMessageSchema = z.object({
  type: z.literal('statistics'),
  ...envelope,
  statistics: processStatisticsSchema,
})
const statusMessageSchema = z.object({ type: z.literal('status'), ...envelope, status: statusSchema })
const pongSchema = z.object({ type: z.literal('pong'), ...envelope })

export const serverMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  snapshotSchema,
  alertMessageSchema,
  statisticsMessageSchema,
  statusMessageSchema,
  pongSchema,
])
export type ServerMessage = z.infer<typeof serverMessageSchema>

export const clientMessageSchema = z.discriminatedUnion('type', [
  /**
   * `processes`: whose statistics to send; without it, those of all. Alerts of every process are always sent. May be
   * said again; the answer is a snapshot each time.
   */
  z.object({
    type: z.literal('subscribe'),
    processes: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(100))),
  }),
  z.object({ type: z.literal('ping') }),
])
