import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type DurationMs, formatDuration } from '../../event/duration.ts'
import type { Json } from '../../event/json.ts'
import type { SendOutcome } from '../receiver.ts'
import type { AddressPolicy } from './address-policy.ts'

export type HttpOptions = {
  readonly policy: AddressPolicy
  /** From the beginning of the connection to the first line of the answer, or to its end where that is read. */
  readonly timeLimitMs: DurationMs
  readonly userAgent: string
  /** The wall clock, in ms since the epoch. */
  readonly now: () => number
}

/** What a receiver has answered. */
export type HttpAnswer = {
  readonly status: number
  /** Its first `MOST_CHARACTERS`; of an answer that is not read, as much as came with its first lines. */
  readonly text: string
  readonly retryAfterMs: number | undefined
}

export type HttpRequest = {
  readonly url: URL
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string | number>>
  /** Default: POST. */
  readonly method?: 'POST' | 'PUT' | 'PATCH'
  /** Whether the answer of a 2xx says more than its status does. */
  readonly readsAnswer: boolean
}

/** No answer of a receiver is longer; whoever sends more is cut off, since it would fill the memory. */
const MOST_CHARACTERS = 65_536

/**
 * One HTTP request. Redirects are not followed: the body would go where nobody wrote down that it should. Every message has a
 * connection of its own: they are too rare for one to stay open, and a connection that the other side closed meanwhile would
 * count as a failure.
 *
 * @returns the problem where there was no answer. Rejects for no reason of the receiver's or the network's.
 */
export function post(
  { url, body, headers, method = 'POST', readsAnswer }: HttpRequest,
  { policy, timeLimitMs, userAgent, now }: HttpOptions,
  signal: AbortSignal,
): Promise<HttpAnswer | { readonly problem: string }> {
  const problem = policy.problemOf(url)
  if (problem !== undefined) return Promise.resolve({ problem: problem.text })
  return new Promise(resolve => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request: ClientRequest = send(url, {
      method,
      headers: { 'content-length': body.length, 'user-agent': userAgent, ...headers },
      agent: false,
      lookup: policy.lookupFor(url),
      signal,
    })
    const late = new Error(`no answer within ${formatDuration(timeLimitMs)}`)
    const timer = setTimeout(() => request.destroy(late), timeLimitMs)
    request.on('close', () => clearTimeout(timer))
    // An error after the answer's first line comes too late to change what came of it.
    request.on('error', error => resolve({ problem: problemOf(error) }))
    request.on('response', response => {
      const status = response.statusCode ?? 0
      const retryAfterMs = retryAfterOf(response.headers['retry-after'], now())
      if (status >= 200 && status < 300 && !readsAnswer) {
        // Nobody waits for the rest of an answer, so it must not keep the program from ending.
        timer.unref()
        response.socket.unref()
        resolve({ status, text: '', retryAfterMs })
        void beginningOf(response)
        return
      }
      void beginningOf(response).then(text => resolve({ status, text, retryAfterMs }))
    })
    request.end(body)
  })
}

/** The beginning of an answer; the connection is closed behind it. One that breaks off says as much as it said. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  try {
    // Leaving the loop destroys the response.
    for await (const chunk of response) {
      text += chunk
      if (text.length >= MOST_CHARACTERS) break
    }
  } catch (error) {
    if (text === '') text = problemOf(error as Error)
  }
  return text.slice(0, MOST_CHARACTERS)
}

/** A number of seconds or a date; undefined: neither. Source: RFC 9110, section 10.2.3. */
function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** A connection to several addresses of a host fails with one error for each. */
function problemOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined
  return (first ?? error).message || String((error as NodeJS.ErrnoException).code ?? error.name)
}

/**
 * What the receiver has against the request itself, which is the same next time. Not among them are 401, 403 and 404: a
 * secret or an address that is wrong can be set right, on either side, while the message waits.
 */
const refusals = new Set([400, 405, 411, 413, 414, 415, 422, 431])

/** What an answer's status means to a message, for receivers that say no more than that. */
export function outcomeOfStatus(answer: HttpAnswer): SendOutcome {
  const { status, text, retryAfterMs } = answer
  if (status >= 200 && status < 300) return { kind: 'acknowledged' }
  const isRedirect = status >= 300 && status < 400
  const said = excerptOf(text)
  const problem = `HTTP ${status}${isRedirect ? ', and redirects are not followed' : ''}${said && `: ${said}`}`
  if (status === 410) return { kind: 'gone', problem }
  if (refusals.has(status)) return { kind: 'refused', problem }
  return { kind: 'failed', problem, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

const EXCERPT_CHARACTERS = 200

/** What an answer says, as far as it goes into a log. */
export const excerptOf = (text: string): string => text.slice(0, EXCERPT_CHARACTERS).replace(/\s+/g, ' ').trim()

export const jsonBytes = (body: Json): Buffer => Buffer.from(JSON.stringify(body))

export const JSON_TYPE = 'application/json; charset=utf-8'
