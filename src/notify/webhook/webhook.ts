import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type DurationMs, formatDuration } from '../../event/duration.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Receiver, SendOutcome } from '../receiver.ts'
import { isForbiddenAddress, lookupAllowed } from './forbidden-addresses.ts'
import { signatureOf } from './signature.ts'

export type WebhookOptions = {
  readonly url: URL
  /** undefined: messages are not signed. */
  readonly key: Buffer | undefined
  /** From the beginning of the connection to the first line of the answer. */
  readonly timeLimitMs: DurationMs
  readonly userAgent: string
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/**
 * A receiver that takes messages by HTTP POST, after the conventions of Standard Webhooks.
 *
 * A status of 2xx acknowledges a message, whatever becomes of the rest of the answer. Redirects are not followed: the body
 * would go where nobody wrote down that it should. Every message has a connection of its own: they are too rare for one to
 * stay open, and a connection that the other side closed meanwhile would count as a failure.
 */
export function webhook(options: WebhookOptions): Receiver {
  return { kind: 'webhook', send: (message, signal) => post(options, message, signal) }
}

function post(options: WebhookOptions, message: OutboxMessage, signal: AbortSignal): Promise<SendOutcome> {
  const { url, timeLimitMs, now } = options
  // Names are looked at when they are resolved, but an address is not resolved.
  if (isForbiddenAddress(url.hostname)) {
    return Promise.resolve({ kind: 'failed', problem: `${url.hostname} is an address where no message is sent` })
  }
  const body = Buffer.from(JSON.stringify(message.body))
  return new Promise(resolve => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const headers = headersOf(options, message.id, body)
    const request: ClientRequest = send(url, { method: 'POST', headers, agent: false, lookup: lookupAllowed, signal })
    const late = new Error(`no answer within ${formatDuration(timeLimitMs)}`)
    const timer = setTimeout(() => request.destroy(late), timeLimitMs)
    request.on('close', () => clearTimeout(timer))
    // An error after the answer's first line comes too late to change what came of it.
    request.on('error', error => resolve({ kind: 'failed', problem: problemOf(error) }))
    request.on('response', response => {
      // Nobody waits for the rest of an answer, so it must not keep the program from ending.
      timer.unref()
      response.socket.unref()
      void outcomeOf(response, now).then(resolve)
    })
    request.end(body)
  })
}

function headersOf({ key, userAgent, now }: WebhookOptions, id: string, body: Buffer): Record<string, string | number> {
  const timestamp = Math.floor(now() / 1_000)
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'user-agent': userAgent,
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(key !== undefined && { 'webhook-signature': signatureOf(key, id, timestamp, body) }),
  }
}

/**
 * What the receiver has against the request itself, which is the same next time. Not among them are 401, 403 and 404: a
 * secret or an address that is wrong can be set right, on either side, while the message waits.
 */
const refusals = new Set([400, 405, 410, 411, 413, 414, 415, 422, 431])

async function outcomeOf(response: IncomingMessage, now: () => number): Promise<SendOutcome> {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) {
    response.resume()
    return { kind: 'acknowledged' }
  }
  const retryAfterMs = retryAfterOf(response.headers['retry-after'], now())
  const excerpt = await beginningOf(response)
  const isRedirect = status >= 300 && status < 400
  const problem = `HTTP ${status}${isRedirect ? ', and redirects are not followed' : ''}${excerpt && `: ${excerpt}`}`
  if (refusals.has(status)) return { kind: 'refused', problem }
  return { kind: 'failed', problem, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** A number of seconds or a date; undefined: neither. Source: RFC 9110, section 10.2.3. */
function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

const EXCERPT_CHARACTERS = 200

/** Often says what is wrong. An answer that breaks off says as much as it said: the status is what counts. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) {
      text += chunk
      if (text.length >= EXCERPT_CHARACTERS) break
    }
  } catch (error) {
    text += ` (${problemOf(error as Error)})`
  }
  return text.slice(0, EXCERPT_CHARACTERS).replace(/\s+/g, ' ').trim()
}

/** A connection to several addresses of a host fails with one error for each. */
function problemOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined
  return (first ?? error).message || String((error as NodeJS.ErrnoException).code ?? error.name)
}
