import * as z from 'zod/mini'
import { alertSchema } from './alert.ts'
import { processSummarySchema } from './process.ts'
import { processStatisticsSchema } from './statistics.ts'
import { statusSchema } from './status.ts'
import { isoTimeSchema } from './vocabulary.ts'

/*
 * What is pushed, whatever the wire: over Centrifugo's protocol a message is the `data` of a publication, with `json.v1` a
 * text frame, and as server-sent event its `data`.
 *
 *     server                                     client of `json.v1`
 *     hello {epoch, sequence, alert_offset}  ->
 *                                            <-  subscribe {processes?, filter?, epoch?, alert_offset?}
 *     snapshot {everything as of sequence}   ->
 *     or resumed, and what was missed        ->
 *     alert, statistics, status …            ->
 *     pong                                   <-> ping
 *
 * `sequence` rises with everything that the server says to anyone; a client that reads slowly misses statistics that a
 * newer one replaced, so it has holes. `alert_offset` rises by exactly one with every alert transition and every action
 * on an alert: whoever asks for no filter and sees a hole has lost something. Both start over with a new `epoch`.
 */

export const SUBPROTOCOL = 'json.v1'
export const STREAM_PATH = '/api/v1/stream'
/** Where Centrifugo's clients look for it. */
export const CENTRIFUGO_PATH = '/connection/websocket'

/** Codes up to 3499 mean: connect again; from 3500 on: do not, the request itself is wrong. They are Centrifugo's. */
export const closeCode = {
  shutdown: 3001,
  slow: 3008,
  badRequest: 3501,
  stale: 3502,
  signedOut: 3503,
  notAllowed: 3507,
  notAvailable: 3508,
} as const

const envelope = {
  sequence: z.number(),
  /** The server's wall clock when it wrote the message. */
  at: isoTimeSchema,
  /** The evaluation instant that the content is of; null before the first. */
  as_of: z.nullable(isoTimeSchema),
  /** How far the events that the content is of have come, by their own clocks; null before there are any. */
  event_time: z.nullable(isoTimeSchema),
}

/** How long it took from reading a record until what came of it was pushed, over the last pushes within a minute. */
const latencySchema = z.object({
  process: z.string(),
  of: z.enum(['alert', 'statistics']),
  p50_ms: z.number(),
  p99_ms: z.number(),
  pushed: z.number(),
})
export type Latency = z.infer<typeof latencySchema>

const helloSchema = z.object({
  type: z.literal('hello'),
  ...envelope,
  /** Names this run of the server: another epoch, other sequences. */
  epoch: z.string(),
  alert_offset: z.number(),
  version: z.string(),
})

export const snapshotSchema = z.object({
  type: z.literal('snapshot'),
  ...envelope,
  alert_offset: z.number(),
  processes: z.array(processSummarySchema),
  statistics: z.array(processStatisticsSchema),
  alerts: z.array(alertSchema),
  /** How many alerts are not resolved; more than are listed where the list was cut. */
  active_alerts: z.number(),
  status: statusSchema,
  /** There where it was asked to go on from a position, and could not be: this is where to start over. */
  recovered: z.optional(z.literal(false)),
})

/** The position that was asked for is one to go on from: all alerts since follow. */
const resumedSchema = z.object({
  type: z.literal('resumed'),
  ...envelope,
  epoch: z.string(),
  /** From where on. */
  alert_offset: z.number(),
  recovered: z.literal(true),
})

export const alertMessageSchema = z.object({
  type: z.literal('alert'),
  ...envelope,
  alert_offset: z.number(),
  alert: alertSchema,
})
export const statisticsMessageSchema = z.object({
  type: z.literal('statistics'),
  ...envelope,
  statistics: processStatisticsSchema,
})
export const statusMessageSchema = z.object({
  type: z.literal('status'),
  ...envelope,
  status: statusSchema,
  /** Absent: nothing was pushed within the last minute that came of a record. */
  latency: z.optional(z.array(latencySchema)),
})
const pongSchema = z.object({ type: z.literal('pong'), ...envelope })

export const serverMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  snapshotSchema,
  resumedSchema,
  alertMessageSchema,
  statisticsMessageSchema,
  statusMessageSchema,
  pongSchema,
])
export type ServerMessage = z.infer<typeof serverMessageSchema>

export const clientMessageSchema = z.discriminatedUnion('type', [
  /**
   * `processes`: whose statistics to send; without it, those of all. `filter`: of which alerts; without it, of all.
   * `epoch` and `alert_offset`: the last that was heard of. May be said again; the answer is a snapshot each time, or
   * what was missed since.
   */
  z.object({
    type: z.literal('subscribe'),
    processes: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(100))),
    filter: z.optional(z.unknown()),
    epoch: z.optional(z.string().check(z.maxLength(100))),
    alert_offset: z.optional(z.int().check(z.nonnegative())),
  }),
  z.object({ type: z.literal('ping') }),
])
