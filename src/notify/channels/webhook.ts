import type { OutboxMessage } from '../../journal/outbox.ts'
import { type HttpOptions, jsonBytes, outcomeOfStatus, post } from '../http/post.ts'
import { type Receiver, unreadable, type Write } from '../receiver.ts'
import type { Rate } from '../send-rate.ts'
import { signatureOf } from './webhook-signature.ts'

export type WebhookOptions = HttpOptions & {
  readonly url: URL
  /** undefined: messages are not signed. */
  readonly key: Buffer | undefined
  /** Of the body. */
  readonly contentType: string
  readonly write: Write
  readonly rates: readonly Rate[]
}

/**
 * A receiver that takes messages by HTTP POST, after the conventions of Standard Webhooks.
 *
 * A status of 2xx acknowledges a message, whatever becomes of the rest of the answer.
 */
export function webhook(options: WebhookOptions): Receiver {
  const { url, rates } = options
  return { kind: 'webhook', target: url.href, rates, send: (message, signal) => send(options, message, signal) }
}

async function send(options: WebhookOptions, message: OutboxMessage, signal: AbortSignal) {
  const { url, key, contentType, write, now } = options
  const written = write([message])
  if (written === undefined) return unreadable
  const body = jsonBytes(written)
  const { id } = message
  const timestamp = Math.floor(now() / 1_000)
  const headers = {
    'content-type': contentType,
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(key !== undefined && { 'webhook-signature': signatureOf(key, id, timestamp, body) }),
  }
  const answer = await post({ url, body, headers, readsAnswer: false }, options, signal)
  return 'problem' in answer ? ({ kind: 'failed', problem: answer.problem } as const) : outcomeOfStatus(answer)
}
