import * as z from 'zod'

/*
 * The JSON protocol of Centrifugo's clients, as far as it is spoken here.
 *
 * A frame holds one or more commands, or replies, each on a line of its own. A command has an `id` and one key that names
 * it; its reply has the same `id` and the key again, or `error`. What has no id is a push, `{}` is a ping and its answer.
 *
 * Source: https://centrifugal.dev/docs/transports/client_protocol, and centrifuge-js 5.8.
 */

export const errors = {
  unknownChannel: { code: 102, message: 'unknown channel' },
  permissionDenied: { code: 103, message: 'permission denied' },
  methodNotFound: { code: 104, message: 'method not found' },
  alreadySubscribed: { code: 105, message: 'already subscribed' },
  badRequest: { code: 107, message: 'bad request' },
  notAvailable: { code: 108, message: 'not available' },
  unrecoverablePosition: { code: 112, message: 'unrecoverable position' },
} as const

export type ProtocolError = { readonly code: number; readonly message: string }

const channel = z.string().max(300)

/** Set in `flag`: an error instead of `recovered: false`. */
export const REJECT_UNRECOVERED = 2

export const subscribeSchema = z.object({
  channel,
  recover: z.boolean().default(false),
  epoch: z.string().max(100).optional(),
  offset: z.int().nonnegative().default(0),
  flag: z.int().default(0),
  /** Other kinds of subscriptions than streams have another number. */
  type: z.int().default(0),
  /** A filter by tags. */
  tf: z.unknown().optional(),
  /** `state`: give the state with the reply, where it is not enough to go on. */
  data: z.object({ state: z.boolean().default(false) }).optional(),
})

/** One of these keys is there; what else a client says of itself (token, name, version) is let be. */
export const commandSchema = z.object({
  id: z.int().nonnegative().default(0),
  connect: z.looseObject({}).optional(),
  subscribe: subscribeSchema.optional(),
  unsubscribe: z.object({ channel }).optional(),
  rpc: z
    .object({
      method: z.string().max(100).default(''),
      data: z.object({ processes: z.array(z.string().max(200)).max(100).optional() }).nullish(),
    })
    .optional(),
  publish: z.looseObject({}).optional(),
  presence: z.looseObject({}).optional(),
  presence_stats: z.looseObject({}).optional(),
  history: z.looseObject({}).optional(),
  refresh: z.looseObject({}).optional(),
  sub_refresh: z.looseObject({}).optional(),
  send: z.looseObject({}).optional(),
})
export type Command = z.infer<typeof commandSchema>

/** A frame that is a pong holds nothing but empty commands. */
export const isPong = (command: unknown): boolean =>
  typeof command === 'object' && command !== null && !Array.isArray(command) && Object.keys(command).length === 0
